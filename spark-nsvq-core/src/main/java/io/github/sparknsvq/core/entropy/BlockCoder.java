package io.github.sparknsvq.core.entropy;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;

/**
 * Codes blocks of rows by frequency tables: of each row how many indices it has, and these indices, each by the table
 * of its codebook. A block is decoded by itself, and takes what the tables promise and about 14 bytes more.
 *
 * <p>Bytes of a block, little-endian: a CRC-32C of the tables, the number of rows and all that follows, 4 bytes; the
 * coder's last state, 8 bytes; and words of 4 bytes in the order in which they are read. The coder is rANS with a
 * state of 63 bits and words of 32 (Giesen, rans64, 2014). Coding ends in the state in which it began, with no word
 * left, so that bytes of other tables or rows are told apart even if their checksum is right.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class BlockCoder implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The least state between symbols. */
    private static final long LOWEST = 1L << 31;

    private static final int STATE_AT = Integer.BYTES;
    private static final int WORDS_AT = STATE_AT + Long.BYTES;

    private final FrequencyTable lengths;
    private final List<FrequencyTable> codebooks;
    private final int fingerprint;
    private transient volatile SymbolSearch[] searches;

    /**
     * Makes a coder.
     *
     * @param lengths how many indices a row has, 1 to as many as there are codebooks, as symbols from 0 on
     * @param codebooks a table for each codebook, at least one
     * @throws NsvqException if there are no codebooks, or not as many lengths as codebooks
     */
    public BlockCoder(FrequencyTable lengths, List<FrequencyTable> codebooks) {
        NsvqException.unless(!codebooks.isEmpty(), "codes need at least one codebook");
        NsvqException.unless(
                lengths.symbols() == codebooks.size(),
                "a table of " + lengths.symbols() + " lengths for codes of up to " + codebooks.size() + " indices");
        this.lengths = lengths;
        this.codebooks = List.copyOf(codebooks);
        CRC32C crc = new CRC32C();
        update(crc, lengths);
        codebooks.forEach(table -> update(crc, table));
        this.fingerprint = (int) crc.getValue();
    }

    /** Makes the coder that codes counted codes in the fewest bytes. */
    public static BlockCoder of(CodeUsage usage) {
        int codebooks = usage.lengths().counts().length;
        return new BlockCoder(
                FrequencyTable.of(usage.lengths()),
                IntStream.range(0, codebooks)
                        .mapToObj(m -> FrequencyTable.of(usage.histogram(m)))
                        .toList());
    }

    private static void update(CRC32C crc, FrequencyTable table) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Integer.BYTES * (table.symbols() + 2)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(table.precision()).putInt(table.symbols());
        for (int s = 0; s < table.symbols(); s++) {
            bytes.putInt(table.frequency(s));
        }
        crc.update(bytes.flip());
    }

    /** Returns the table of how many indices rows have. */
    public FrequencyTable lengths() {
        return lengths;
    }

    /** Returns the codebooks' tables. */
    public List<FrequencyTable> codebooks() {
        return codebooks;
    }

    /** Made when it is first asked for: it does not travel. Those of the codebooks, then that of the lengths. */
    private SymbolSearch[] searches() {
        if (searches == null) {
            SymbolSearch[] made = new SymbolSearch[codebooks.size() + 1];
            Arrays.setAll(made, m -> new SymbolSearch(m < codebooks.size() ? codebooks.get(m) : lengths));
            searches = made;
        }
        return searches;
    }

    /**
     * Codes rows.
     *
     * @param indices {@code M} for each row, as many as there are codebooks; those beyond its length are not looked at
     * @param rowLengths how many indices each row has, in [1, M]
     * @param count number of rows, 0 or more
     * @return the block
     * @throws NsvqException if an index or a length has no part in its table
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public byte[] encode(int[] indices, int[] rowLengths, int count) {
        SymbolSearch[] tables = searches();
        int m = codebooks.size();
        int[] words = new int[16 + count];
        int held = 0;
        long state = LOWEST;
        for (int i = count - 1; i >= 0; i--) { // last first: what is coded last is decoded first
            int length = rowLengths[i];
            for (int l = length - 1; l >= -1; l--) {
                SymbolSearch table = tables[l < 0 ? m : l];
                int symbol = l < 0 ? length - 1 : indices[i * m + l];
                if (symbol < 0 || symbol >= table.starts.length - 1 || length > m) {
                    throw uncounted(l, symbol);
                }
                int start = table.starts[symbol];
                int frequency = table.starts[symbol + 1] - start;
                int precision = table.precision;
                if (frequency == 1 << precision) {
                    continue; // the only symbol: it takes nothing
                }
                if (frequency == 0) {
                    throw uncounted(l, symbol);
                }
                if (state >= (LOWEST >>> precision << 32) * frequency) {
                    if (held == words.length) {
                        words = Arrays.copyOf(words, 2 * held);
                    }
                    words[held++] = (int) state;
                    state >>>= 32;
                }
                long quotient = state / frequency;
                state = (quotient << precision) + (state - quotient * frequency) + start;
            }
        }
        ByteBuffer block = ByteBuffer.allocate(WORDS_AT + Integer.BYTES * held).order(ByteOrder.LITTLE_ENDIAN);
        block.position(STATE_AT);
        block.putLong(state);
        while (held > 0) {
            block.putInt(words[--held]);
        }
        return block.putInt(0, checksum(block.array(), count)).array();
    }

    private static NsvqException uncounted(int codebook, int symbol) {
        return new NsvqException((codebook < 0
                        ? "a code of " + (symbol + 1) + " indices"
                        : "index " + symbol + " of codebook " + codebook)
                + " is not in its frequency table: the tables are of other codes");
    }

    private int checksum(byte[] block, int count) {
        CRC32C crc = new CRC32C();
        ByteBuffer head = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        crc.update(head.putInt(fingerprint).putInt(count).flip());
        crc.update(block, STATE_AT, block.length - STATE_AT);
        return (int) crc.getValue();
    }

    /**
     * Checks a block's checksum, before room is made for its rows.
     *
     * @param count number of rows
     * @param name of the block, for messages
     * @throws CorruptFileException if it is not what {@link #encode} gave for so many rows and these tables
     */
    public void check(byte[] block, int count, String name) {
        if (block.length < WORDS_AT || (block.length - WORDS_AT) % Integer.BYTES != 0) {
            throw new CorruptFileException(
                    name,
                    block.length,
                    "it has " + block.length + " bytes, which are no whole words after a head of " + WORDS_AT);
        }
        int expected = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
        if (count < 0 || expected != checksum(block, count)) {
            throw new CorruptFileException(
                    name, 0, "its checksum is not that of its bytes with these tables and " + count + " rows");
        }
    }

    /**
     * Decodes a block.
     *
     * @param block what {@link #encode} gave
     * @param count number of its rows
     * @param indices receives {@code M} indices for each row; those beyond its length become 0
     * @param rowLengths receives how many indices each row has
     * @param name of the block, for messages
     * @throws CorruptFileException if the block is cut or changed, or of other tables or as many rows
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void decode(byte[] block, int count, int[] indices, int[] rowLengths, String name) {
        check(block, count, name);
        SymbolSearch[] tables = searches();
        ByteBuffer words = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        int m = codebooks.size();
        long state = words.getLong(STATE_AT);
        int at = WORDS_AT;
        for (int i = 0; i < count; i++) {
            int length = m;
            for (int l = -1; l < length; l++) {
                SymbolSearch table = tables[l < 0 ? m : l];
                int precision = table.precision;
                int part = (int) state & ((1 << precision) - 1);
                int symbol = table.symbol(part);
                int start = table.starts[symbol];
                state = (table.starts[symbol + 1] - start) * (state >>> precision) + part - start;
                if (state < LOWEST) {
                    if (at == block.length) {
                        throw new CorruptFileException(name, at, "it ends before row " + i + " of " + count);
                    }
                    state = state << 32 | (words.getInt(at) & 0xFFFFFFFFL);
                    at += Integer.BYTES;
                }
                if (l < 0) {
                    length = symbol + 1;
                    rowLengths[i] = length;
                } else {
                    indices[i * m + l] = symbol;
                }
            }
            Arrays.fill(indices, i * m + length, (i + 1) * m, 0);
        }
        if (state != LOWEST || at != block.length) {
            throw new CorruptFileException(name, at, "its " + count + " rows do not end where its bytes do");
        }
    }
}
