package io.github.sparknsvq.core.io;

import io.github.sparknsvq.core.NsvqException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of an npy file: magic, version, length, then a Python dictionary with type, order and shape.
 *
 * <p>Source: <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>.
 *
 * @param elementType what values are stored as
 * @param rows number of vectors; a 1-D array of n values is n vectors of dimension 1
 * @param dimension values per vector
 * @param dataOffset where the values start, in bytes
 * @param bigEndian whether values start with their highest byte
 * @param columnMajor whether values of one column, rather than of one row, are next to each other: Fortran order
 */
record NpyHeader(
        ElementType elementType, long rows, long dimension, long dataOffset, boolean bigEndian, boolean columnMajor) {
    // NumPy itself refuses longer dictionaries (max_header_size); those of plain arrays take about 70 bytes.
    private static final int MAX_DICTIONARY_BYTES = 10_000;
    static final int MAX_BYTES = 12 + MAX_DICTIONARY_BYTES;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int VERSION_OFFSET = MAGIC.length;
    private static final int LENGTH_OFFSET = VERSION_OFFSET + 2;

    private static final Pattern DESCR = Pattern.compile("['\"]descr['\"]\\s*:\\s*['\"]([^'\"]*)['\"]");
    private static final Pattern RECORDS = Pattern.compile("['\"]descr['\"]\\s*:\\s*([\\[(].*)", Pattern.DOTALL);
    private static final Pattern FORTRAN_ORDER = Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([^)]*)\\)");
    // At most 18 digits, so that Long.parseLong cannot fail; the L is Python 2's.
    private static final Pattern SHAPE_SIZES =
            Pattern.compile("\\s*(\\d{1,18})L?\\s*(?:,\\s*(?:(\\d{1,18})L?\\s*,?\\s*)?)?");

    /** Parses the first bytes of a file; the length of the data after them is not looked at. */
    static NpyHeader parse(String file, byte[] head) {
        ForeignFiles.checkHead(file, head);
        CorruptFileException.unless(
                head.length >= MAGIC.length && Arrays.equals(head, 0, MAGIC.length, MAGIC, 0, MAGIC.length),
                file,
                0,
                "an npy file starts with \\x93NUMPY, this one does not");
        CorruptFileException.unless(
                head.length >= LENGTH_OFFSET, file, head.length, "truncated: the npy header ends before its version");
        int version = head[VERSION_OFFSET];
        CorruptFileException.unless(
                version >= 1 && version <= 3,
                file,
                VERSION_OFFSET,
                "npy version " + version + " is unknown: there are 1, 2, 3");
        int start = LENGTH_OFFSET + (version == 1 ? Short.BYTES : Integer.BYTES);
        CorruptFileException.unless(
                head.length >= start, file, head.length, "truncated: the npy header ends before its length");
        ByteBuffer buffer = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
        long length = version == 1
                ? Short.toUnsignedInt(buffer.getShort(LENGTH_OFFSET))
                : Integer.toUnsignedLong(buffer.getInt(LENGTH_OFFSET));
        CorruptFileException.unless(
                length <= MAX_DICTIONARY_BYTES,
                file,
                LENGTH_OFFSET,
                "an npy header of " + length + " bytes: it should have at most " + MAX_DICTIONARY_BYTES);
        CorruptFileException.unless(
                start + length <= head.length,
                file,
                head.length,
                "truncated: the npy header should end at byte " + (start + length));
        return parseDictionary(file, start, new String(head, start, (int) length, StandardCharsets.ISO_8859_1));
    }

    private static NpyHeader parseDictionary(String file, int start, String dictionary) {
        Matcher records = RECORDS.matcher(dictionary);
        NsvqException.unless(
                !records.find(),
                file + " holds records of several fields: save the field with the vectors alone, as in"
                        + " numpy.save(file, array['name'])");
        String descr = find(
                        DESCR,
                        file,
                        start,
                        dictionary,
                        "'descr', a string such as '<f4' (supported: " + ElementType.npyNames() + ")")
                .group(1);
        ElementType type = ElementType.ofNpyName(descr)
                .orElseThrow(() -> new NsvqException(file + " holds values of type '" + descr
                        + "', which are not supported; supported are " + ElementType.npyNames()));
        boolean fortran = find(FORTRAN_ORDER, file, start, dictionary, "'fortran_order', True or False")
                .group(1)
                .equals("True");
        String shape = find(SHAPE, file, start, dictionary, "'shape', such as (1000, 128)")
                .group(1);
        Matcher sizes = SHAPE_SIZES.matcher(shape);
        NsvqException.unless(
                sizes.matches(),
                file + " holds an array of shape (" + shape + "); supported are (rows,) and (rows, dimension)");
        long rows = Long.parseLong(sizes.group(1));
        long dimension = sizes.group(2) == null ? 1 : Long.parseLong(sizes.group(2));
        NsvqException.unless(
                rows == 0 || dimension > 0,
                file + " holds an array of shape (" + shape + "): its " + rows + " vectors have no values");
        boolean columnMajor = fortran && rows > 1 && dimension > 1; // else it is the same
        long dataOffset = (long) start + dictionary.length();
        return new NpyHeader(type, rows, dimension, dataOffset, descr.startsWith(">"), columnMajor);
    }

    private static Matcher find(Pattern pattern, String file, int start, String dictionary, String expected) {
        Matcher matcher = pattern.matcher(dictionary);
        CorruptFileException.unless(matcher.find(), file, start, "the npy header lacks " + expected);
        return matcher;
    }

    /** Returns the header, version 1.0, of a C-order array; padded so that the values start at a multiple of 64. */
    static byte[] format(ElementType type, long rows, int dimension) {
        String dictionary = "{'descr': '" + type.npyName() + "', 'fortran_order': False, 'shape': (" + rows + ", "
                + dimension + "), }";
        int start = LENGTH_OFFSET + Short.BYTES;
        int end = (start + dictionary.length() + 1 + 63) / 64 * 64;
        byte[] header = new byte[end];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        header[VERSION_OFFSET] = 1;
        header[VERSION_OFFSET + 1] = 0;
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putShort(LENGTH_OFFSET, (short) (end - start));
        byte[] text = dictionary.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(text, 0, header, start, text.length);
        header[end - 1] = '\n';
        return header;
    }
}
