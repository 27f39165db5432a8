package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The columns of lists. Vectors on their way to their list are rows {@code list, id, code}, lists on disk
 * {@code list, ids, codes}; both with names where ids are strings, and with attributes where there are any.
 *
 * @param named whether ids are strings: then a number is made of each, and the string is kept beside
 * @param attributes the columns kept beside ids; empty for none
 */
public record ListSchema(boolean named, StructType attributes) implements Serializable {
    /** Takes attributes as they come back from files: any of them may be null. */
    public ListSchema {
        attributes = (StructType) SparkInternals.nullable(attributes);
    }

    static final String LIST = "list";
    static final String ID = "id";
    static final String IDS = "ids";
    static final String CODES = "codes";
    static final String NAMES = "names";
    static final String ATTRIBUTES = "attributes";

    static final int LIST_AT = 0;
    static final int IDS_AT = 1;
    static final int CODES_AT = 2;
    static final int NAMES_AT = 3;

    /** Returns whether vectors have attributes. */
    public boolean hasAttributes() {
        return attributes.length() > 0;
    }

    /** Returns where attributes stand in both kinds of rows. */
    int attributesAt() {
        return named ? NAMES_AT + 1 : NAMES_AT;
    }

    /** Returns the number of columns. */
    int width() {
        return attributesAt() + (hasAttributes() ? 1 : 0);
    }

    /** Returns the columns of vectors on their way to their list. */
    StructType coded() {
        StructType type = new StructType()
                .add(LIST, DataTypes.IntegerType, false)
                .add(ID, DataTypes.LongType, false)
                .add("code", DataTypes.BinaryType, false);
        type = named ? type.add("name", DataTypes.StringType, false) : type;
        return hasAttributes() ? type.add(ATTRIBUTES, attributes, false) : type;
    }

    /** Returns a row of {@link #coded}; name and attributes are left out where the schema has none. */
    InternalRow row(int list, long id, byte[] code, UTF8String name, InternalRow attributesOf) {
        GenericInternalRow row = new GenericInternalRow(width());
        row.setInt(LIST_AT, list);
        row.setLong(IDS_AT, id);
        row.update(CODES_AT, code);
        if (named) {
            row.update(NAMES_AT, name);
        }
        if (hasAttributes()) {
            row.update(attributesAt(), attributesOf);
        }
        return row;
    }

    /** Returns the columns of lists. */
    StructType stored() {
        StructType type = new StructType()
                .add(LIST, DataTypes.IntegerType, false)
                .add(IDS, DataTypes.createArrayType(DataTypes.LongType, false), false)
                .add(CODES, DataTypes.BinaryType, false);
        type = named ? type.add(NAMES, DataTypes.createArrayType(DataTypes.StringType, false), false) : type;
        return hasAttributes() ? type.add(ATTRIBUTES, DataTypes.createArrayType(attributes, false), false) : type;
    }
}
