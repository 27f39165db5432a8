package io.github.sparknsvq.core.index;

/**
 * Decodes every code and measures its distance: slow and simple; faster scanners are compared with it, and it does
 * what they cannot.
 */
final class DecodingScanner implements ListScanner {
    private final IvfQuantizer quantizer;
    private final ListFormat format;
    private final float[] query;
    private final float[] row;
    private int list;

    DecodingScanner(IvfQuantizer quantizer, ListFormat format) {
        this.quantizer = quantizer;
        this.format = format;
        this.query = new float[quantizer.innerDimension()];
        this.row = new float[quantizer.innerDimension()];
    }

    @Override
    public void query(float[] from, int offset) {
        System.arraycopy(from, offset, query, 0, query.length);
    }

    @Override
    public void list(int next, float coarse) {
        list = next;
    }

    @Override
    public void scan(byte[] codes, int offset, int count, long label, NearestLabels nearest) {
        byte[] packed = new byte[count * quantizer.codeSize()];
        format.unpack(codes, offset, count, packed, 0);
        for (int i = 0; i < count; i++) {
            quantizer.decode(list, packed, i * quantizer.codeSize(), 1, row, 0);
            nearest.offer(distance(), label + i);
        }
    }

    private float distance() {
        double sum = 0;
        for (int j = 0; j < row.length; j++) {
            double apart = (double) query[j] - row[j];
            sum += quantizer.metric() == Metric.L2 ? apart * apart : -(double) query[j] * row[j];
        }
        return (float) sum;
    }
}
