package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Subtract;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;

/**
 * What a join ranks by, as an index knows it.
 *
 * @param distance what vectors are compared by
 * @param query the vector of the left side
 * @param vector the column of vectors of the right side
 */
record Ranking(DistanceKind distance, Expression query, Attribute vector) {
    /** Spark's functions of two vectors, by the names of their classes, which earlier versions do not have. */
    private static final Map<String, DistanceKind> FUNCTIONS = Map.of(
            "VectorL2Distance", DistanceKind.L2,
            "VectorCosineSimilarity", DistanceKind.COSINE,
            "VectorInnerProduct", DistanceKind.IP);

    /**
     * Reads the ranking expression of a join.
     *
     * @throws NsvqException if no index ranks so
     */
    static Ranking of(NearestByNode join) {
        Expression call = join.ranking();
        boolean ascending = !join.similarity();
        while (!FUNCTIONS.containsKey(call.getClass().getSimpleName())) {
            if (call instanceof Cast cast && SourceColumns.isFloating(cast.dataType())) {
                call = cast.child();
            } else if (call instanceof UnaryMinus negated) {
                call = negated.child();
                ascending = !ascending;
            } else if (call instanceof Subtract difference && difference.left().foldable()) {
                call = difference.right();
                ascending = !ascending;
            } else {
                throw new NsvqException("it ranks by " + join.ranking().sql() + ", an index by vector_l2_distance,"
                        + " vector_cosine_similarity or vector_inner_product of two columns");
            }
        }
        DistanceKind distance = FUNCTIONS.get(call.getClass().getSimpleName());
        NsvqException.unless(
                ascending == (distance == DistanceKind.L2),
                "it looks for the farthest vectors by " + join.ranking().sql());
        Expression first = call.children().head();
        Expression second = call.children().last();
        Ranking ranking = of(join, distance, first, second);
        ranking = ranking == null ? of(join, distance, second, first) : ranking;
        NsvqException.unless(
                ranking != null,
                call.sql() + " does not compare a vector of the left side with a column of the right side");
        return ranking;
    }

    private static Ranking of(NearestByNode join, DistanceKind distance, Expression query, Expression vector) {
        Expression column = SourceColumns.uncast(vector);
        return query.references().subsetOf(join.left().outputSet())
                        && query.deterministic()
                        && column instanceof Attribute attribute
                        && join.right().outputSet().contains(attribute)
                ? new Ranking(distance, query, attribute)
                : null;
    }
}
