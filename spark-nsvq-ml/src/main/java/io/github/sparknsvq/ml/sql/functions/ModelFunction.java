package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import scala.Enumeration;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A function that a saved model answers. Which types it takes and what it returns depends on the model, which is why
 * the model is opened when the query is analyzed; the optimizer then puts in its place a call of what the model's own
 * {@code transform} and {@code decode} call.
 */
abstract class ModelFunction extends Expression implements RuntimeReplaceable {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final Seq<Expression> arguments;
    private final int modelAt;

    /** Spark's mark of an expression that has a replacement, set by its trait. */
    private Seq<Enumeration.Value> nodePatterns;

    private transient OpenModel model;
    private transient Expression replacement;

    /**
     * Makes a call.
     *
     * @param name of the function
     * @param arguments as the query has them
     * @param modelAt which argument is the model's path
     */
    ModelFunction(String name, Seq<Expression> arguments, int modelAt) {
        this.name = name;
        this.arguments = arguments;
        this.modelAt = modelAt;
        RuntimeReplaceable.$init$(this);
    }

    /** Returns the function with other arguments. */
    abstract ModelFunction with(Seq<Expression> others);

    /** Says whether the model takes the arguments; the path is fine. */
    abstract TypeCheckResult check(OpenModel open);

    /** Returns the type of the result; the arguments are fine. */
    abstract DataType type(OpenModel open);

    /** Returns what the function stands for; no argument is of type void. */
    abstract Expression replaced(OpenModel open);

    final Expression argument(int at) {
        return arguments.apply(at);
    }

    /** Returns the model, opened when it is first asked for. */
    private OpenModel model() {
        if (model == null) {
            model = OpenModel.at(argument(modelAt).eval(InternalRow.empty()).toString(), SparkSession.active());
        }
        return model;
    }

    @Override
    public final TypeCheckResult checkInputDataTypes() {
        TypeCheckResult path = checkText(modelAt, "model");
        return path.isSuccess() ? check(model()) : path;
    }

    /** Says whether an argument is a constant string. */
    final TypeCheckResult checkText(int at, String parameter) {
        Expression text = argument(at);
        if (!(text.dataType() instanceof StringType)) {
            return text.dataType() instanceof NullType
                    ? SqlErrors.isNull(parameter)
                    : SqlErrors.wrongType(at, "\"STRING\"", text);
        }
        if (!text.foldable()) {
            return SqlErrors.notConstant(parameter, "STRING", text);
        }
        return text.eval(InternalRow.empty()) == null ? SqlErrors.isNull(parameter) : success();
    }

    static TypeCheckResult success() {
        return TypeCheckResult.TypeCheckSuccess$.MODULE$;
    }

    @Override
    public final Expression replacement() {
        if (replacement == null) {
            boolean hasVoid = CollectionConverters.asJava(arguments).stream()
                    .anyMatch(argument -> argument.dataType() instanceof NullType);
            replacement = hasVoid ? Literal.create(null, dataType()) : replaced(model());
        }
        return replacement;
    }

    /** Returns a call of a target's method with arguments as Spark holds them; a null makes the result null. */
    static Expression call(Serializable target, String method, DataType returns, Expression... arguments) {
        List<Expression> given = List.of(arguments);
        List<AbstractDataType> types = new ArrayList<>();
        given.forEach(argument -> types.add(argument.dataType()));
        return new Invoke(
                Literal.fromObject(target),
                method,
                returns,
                SparkInternals.scalaList(given),
                SparkInternals.scalaList(types),
                true,
                false,
                true);
    }

    /** Returns an argument as another type; what does not fit is an error. */
    static Expression as(DataType type, Expression argument) {
        return argument.dataType().equals(type) ? argument : Cast$.MODULE$.apply(argument, type, true);
    }

    /** Returns what users call an argument, for messages. */
    static String nameOf(Expression argument) {
        return argument instanceof NamedExpression named ? named.name() : argument.sql();
    }

    /** Returns the type of vectors that functions return. */
    static DataType vectorType() {
        return DataTypes.createArrayType(DataTypes.FloatType, false);
    }

    @Override
    public final DataType dataType() {
        return type(model());
    }

    @Override
    public final boolean nullable() {
        return replacement().nullable();
    }

    @Override
    public final Object eval(InternalRow input) {
        return RuntimeReplaceable.super.eval(input);
    }

    @Override
    public final ExprCode doGenCode(CodegenContext context, ExprCode code) {
        return RuntimeReplaceable.super.doGenCode(context, code);
    }

    @Override
    public final String prettyName() {
        return name;
    }

    @Override
    public final Seq<Expression> children() {
        return arguments;
    }

    @Override
    public final Expression withNewChildrenInternal(IndexedSeq<Expression> others) {
        ModelFunction copy = with(others);
        copy.model = others.apply(modelAt).fastEquals(argument(modelAt)) ? model : null;
        return copy;
    }

    @Override
    public final Seq<Enumeration.Value> nodePatterns() {
        return nodePatterns;
    }

    @Override
    public final void org$apache$spark$sql$catalyst$expressions$RuntimeReplaceable$_setter_$nodePatterns_$eq(
            Seq<Enumeration.Value> patterns) {
        nodePatterns = patterns;
    }

    // Catalyst expects a case class: these methods are what Scala generates for one.

    @Override
    public final int productArity() {
        return 1;
    }

    @Override
    public final Object productElement(int n) {
        if (n != 0) {
            throw new IndexOutOfBoundsException(n);
        }
        return arguments;
    }

    @Override
    public final boolean canEqual(Object other) {
        return other != null && other.getClass() == getClass();
    }

    @Override
    public final boolean equals(Object other) {
        return canEqual(other) && arguments.equals(((ModelFunction) other).arguments);
    }

    @Override
    public final int hashCode() {
        return super.hashCode();
    }
}
