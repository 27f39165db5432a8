package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.core.io.VectorReader;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.MutableAny;
import org.apache.spark.sql.catalyst.expressions.MutableLong;
import org.apache.spark.sql.catalyst.expressions.MutableValue;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.types.StructType;

/** Reads the rows of one partition; without {@code features} among the columns it opens no file. */
final class VectorPartitionReader implements PartitionReader<InternalRow> {
    private static final int ABSENT = -1;

    private final Iterator<VectorPartition.RowRange> ranges;
    private final Configuration configuration;
    private final int idColumn;
    private final int featuresColumn;
    // One row for all: Spark copies it into its own format before it asks for the next.
    private final SpecificInternalRow row;

    private long nextId;
    private long rowsLeftInRange;
    private VectorReader reader;
    private float[] floats;
    private int[] ints;

    VectorPartitionReader(VectorPartition partition, StructType columns, Configuration configuration) {
        this.ranges = partition.ranges().iterator();
        this.configuration = configuration;
        this.nextId = partition.firstId();
        List<String> names = Arrays.asList(columns.fieldNames());
        this.idColumn = names.indexOf(VectorFileSource.ID);
        this.featuresColumn = names.indexOf(VectorFileSource.FEATURES);
        MutableValue[] values = new MutableValue[names.size()];
        Arrays.setAll(values, column -> column == idColumn ? new MutableLong() : new MutableAny());
        this.row = new SpecificInternalRow(values);
    }

    @Override
    public boolean next() throws IOException {
        while (rowsLeftInRange == 0) {
            close();
            if (!ranges.hasNext()) {
                return false;
            }
            open(ranges.next());
        }
        if (idColumn != ABSENT) {
            row.setLong(idColumn, nextId);
        }
        if (featuresColumn != ABSENT) {
            row.update(featuresColumn, readFeatures());
        }
        nextId++;
        rowsLeftInRange--;
        return true;
    }

    private UnsafeArrayData readFeatures() throws IOException {
        if (ints != null) {
            reader.read(ints, 0);
            return UnsafeArrayData.fromPrimitiveArray(ints);
        }
        reader.read(floats, 0);
        return UnsafeArrayData.fromPrimitiveArray(floats);
    }

    private void open(VectorPartition.RowRange range) throws IOException {
        rowsLeftInRange = range.rows();
        if (featuresColumn == ABSENT) {
            return;
        }
        var layout = range.layout();
        Path path = new Path(layout.file());
        FSDataInputStream in = path.getFileSystem(configuration).open(path);
        reader = new VectorReader(layout, range.firstRow(), range.rows(), new HadoopInput(in));
        if (layout.format() == VectorFileFormat.IVECS) {
            ints = new int[layout.dimension()];
        } else {
            floats = new float[layout.dimension()];
        }
    }

    /** A file on any of Hadoop's file systems; pieces that follow each other are read as one stream. */
    private record HadoopInput(FSDataInputStream in) implements VectorReader.Input {
        @Override
        public int read(long position, byte[] target, int count) throws IOException {
            in.seek(position);
            return in.readNBytes(target, 0, count);
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    @Override
    public InternalRow get() {
        return row;
    }

    @Override
    public void close() throws IOException {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
