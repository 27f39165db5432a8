package io.github.sparknsvq.core.index;

/**
 * Codes one after the other, as their quantizer packs them.
 *
 * @param codeSize bytes of a code
 */
public record PlainFormat(int codeSize) implements ListFormat {
    @Override
    public int group() {
        return 1;
    }

    @Override
    public long bytes(int count) {
        return (long) count * codeSize;
    }

    @Override
    public void pack(byte[] codes, int offset, int count, byte[] target, int to) {
        System.arraycopy(codes, offset, target, to, count * codeSize);
    }

    @Override
    public void unpack(byte[] source, int offset, int count, byte[] codes, int to) {
        System.arraycopy(source, offset, codes, to, count * codeSize);
    }
}
