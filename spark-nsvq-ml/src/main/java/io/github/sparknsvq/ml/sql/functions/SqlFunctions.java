package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Function1;
import scala.Tuple3;
import scala.collection.immutable.Seq;

/** The functions under their names, with what {@code DESCRIBE FUNCTION} says of them. */
public final class SqlFunctions {
    private static final String SINCE = "0.2.0";

    private SqlFunctions() {}

    /** Gives the functions to every session that is made with these extensions. */
    public static void addTo(SparkSessionExtensions extensions) {
        addModelFunctions(extensions);
        addTableFunctions(extensions);
    }

    private static void addModelFunctions(SparkSessionExtensions extensions) {
        extensions.injectFunction(function(
                new Signature(EncodeFunction.NAME, 2, List.of("v", "model", "result")),
                EncodeFunction::new,
                EncodeFunction.class,
                new Texts(
                        "_FUNC_(v, model[, result]) - Returns the code that a saved model gives a vector: the index"
                                + " of the nearest codeword of a VQModel or segment of a SpaceFillingVQModel, the"
                                + " packed code of other models. Null gives null.",
                        """

                            Arguments:
                              * v - a vector: an array of numbers, or a vector of Spark ML
                              * model - the model's path, a constant
                              * result - what else to return, a constant: index, position, code, codes, errors,
                                  distance or reconstruction, of which each kind of model finds some
                          """,
                        """

                            Examples:
                              > SELECT id, _FUNC_(features, '/models/vq') AS code FROM vectors;
                               1  17
                              > SELECT id, _FUNC_(features, '/models/rq', 'codes') AS codes FROM vectors;
                               1  [3,250,17]
                          """)));
        extensions.injectFunction(function(
                new Signature(DecodeFunction.NAME, 2, List.of("code", "model")),
                DecodeFunction::new,
                DecodeFunction.class,
                new Texts(
                        "_FUNC_(code, model) - Returns what a code of a saved model stands for, array<float>. Null"
                                + " gives null.",
                        """

                            Arguments:
                              * code - an index of a VQModel, a position of a SpaceFillingVQModel, a packed code or an
                                  array of indices of other models
                              * model - the model's path, a constant
                          """,
                        """

                            Examples:
                              > SELECT id, _FUNC_(code, '/models/vq') AS near FROM codes;
                               1  [0.25,1.5]
                          """)));
        extensions.injectFunction(function(
                new Signature(DistanceFunction.NAME, 3, List.of("q", "code", "model")),
                DistanceFunction::new,
                DistanceFunction.class,
                new Texts(
                        "_FUNC_(q, code, model) - Returns the squared Euclidean distance of a vector from what a code"
                                + " stands for or, for a model of cosine distance, one minus their inner product with"
                                + " the vector scaled to length 1. Null gives null.",
                        """

                            Arguments:
                              * q - a vector: an array of numbers, or a vector of Spark ML
                              * code - a code, as nsvq_decode takes it
                              * model - the model's path, a constant
                          """,
                        """

                            Examples:
                              > SELECT id FROM codes ORDER BY _FUNC_(array(0.5, 1.5), code, '/models/pq') LIMIT 10;
                               1
                          """)));
    }

    private static void addTableFunctions(SparkSessionExtensions extensions) {
        extensions.injectTableFunction(tableFunction(
                SearchFunction.SIGNATURE,
                SearchFunction::plan,
                SearchFunction.class,
                new Texts(
                        "_FUNC_(TABLE(queries), index[, k[, probes]]) - Returns a row for each neighbor that a saved"
                                + " index finds for each query: the query's columns, then neighbor_id, distance and"
                                + " rank, which is 1 for the nearest.",
                        """

                            Arguments:
                              * queries - TABLE(name) or TABLE(query), with a column of vectors
                              * index - the index's path, a constant as all that follow
                              * k - neighbors of each query; the index's own k if left out
                              * probes - lists that each query looks at; the index's own if left out
                              * filter, features, exclude_self, id_col, rerank, vectors, allowed, handle_invalid - by
                                  name, as the params of IvfIndexModel
                          """,
                        """

                            Examples:
                              > SELECT id, neighbor_id, distance
                                  FROM _FUNC_(TABLE(queries), '/indexes/photos', 10, 8);
                               1  4711  0.25
                              > SELECT * FROM _FUNC_(TABLE(SELECT * FROM queries WHERE id < 10), '/indexes/photos',
                                  k => 5, filter => 'price < 10');
                               1  [0.5,1.5]  4711  0.25  1
                          """)));
        extensions.injectTableFunction(tableFunction(
                IndexInfoFunction.SIGNATURE,
                IndexInfoFunction::plan,
                IndexInfoFunction.class,
                new Texts("_FUNC_(index) - Returns one row that says what a saved index holds.", """

                            Arguments:
                              * index - the index's path, a constant
                          """, """

                            Examples:
                              > SELECT vectors, metric, quantizer FROM _FUNC_('/indexes/photos');
                               1000000  l2  pq
                          """)));
    }

    /**
     * What {@code DESCRIBE FUNCTION} says.
     *
     * @param usage one sentence or two
     * @param arguments what it takes, under a head
     * @param examples of its use, under a head
     */
    record Texts(String usage, String arguments, String examples) {
        ExpressionInfo info(String name, Class<?> function, String group) {
            return new ExpressionInfo(
                    function.getName(),
                    null,
                    name,
                    usage,
                    indented(arguments),
                    indented(examples),
                    "",
                    group,
                    SINCE,
                    "",
                    "java_udf");
        }

        /** Puts a text as far from the margin as Spark, with assertions switched on, insists. */
        private static String indented(String text) {
            return text.replace("\n", "\n  ");
        }
    }

    private static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, Expression>> function(
            Signature signature,
            Function1<Seq<Expression>, Expression> make,
            Class<? extends ModelFunction> type,
            Texts texts) {
        return new Tuple3<>(
                new FunctionIdentifier(signature.function()),
                texts.info(signature.function(), type, "misc_funcs"),
                given -> make.apply(SparkInternals.scalaList(signature.arranged(given).stream()
                        .filter(Objects::nonNull) // only the last may be missing
                        .toList())));
    }

    private static Tuple3<FunctionIdentifier, ExpressionInfo, Function1<Seq<Expression>, LogicalPlan>> tableFunction(
            Signature signature, Function1<Seq<Expression>, LogicalPlan> plan, Class<?> type, Texts texts) {
        return new Tuple3<>(
                new FunctionIdentifier(signature.function()),
                texts.info(signature.function(), type, "table_funcs"),
                plan);
    }
}
