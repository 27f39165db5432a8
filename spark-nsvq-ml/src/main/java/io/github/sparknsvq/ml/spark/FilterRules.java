package io.github.sparknsvq.ml.spark;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Concat;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ILike;
import org.apache.spark.sql.catalyst.expressions.Like;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MultiLikeBase;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What a condition may consist of: operators and functions whose time and memory are bounded by the condition's text
 * and the row's values. Looked at as it was parsed, before Spark evaluates any part of it: literals are folded on the
 * driver, so that {@code repeat('x', 2000000000)} would cost its memory before any row is read.
 */
final class FilterRules {
    static final int MOST_CHARACTERS = 10_000;
    private static final int MOST_NODES = 2_000;
    private static final int MOST_LEVELS = 64;

    /** Texts that are put together anywhere in a condition: the result is not longer than all of them. */
    private static final int MOST_CONCATENATED = 32;

    /** {@code %} in one pattern: Spark matches by backtracking, which takes the text's length to this power. */
    private static final int MOST_WILDCARDS = 3;

    private static final int MOST_DIGITS = 38;

    /** Operators, by the names of their classes. */
    private static final Set<String> OPERATORS =
            names("And Or Not EqualTo EqualNullSafe LessThan LessThanOrEqual GreaterThan GreaterThanOrEqual In IsNull"
                    + " IsNotNull Add Subtract Multiply Divide IntegralDivide Remainder UnaryMinus UnaryPositive"
                    + " BitwiseAnd BitwiseOr BitwiseXor BitwiseNot ShiftLeft ShiftRight ShiftRightUnsigned CaseWhen"
                    + " Cast Like ILike LikeAll NotLikeAll LikeAny NotLikeAny Lower Concat Substring StringTrim"
                    + " StringTrimLeft StringTrimRight StringTrimBoth StringLocate TimestampAdd TimestampDiff"
                    + " CreateNamedStruct UnresolvedExtractValue UnresolvedAttribute UnresolvedFunction Literal");

    private static final Set<String> FUNCTIONS = names("between if iff coalesce ifnull nvl nvl2 nullif isnull"
            + " isnotnull isnan nanvl equal_null greatest least like ilike"
            // numbers
            + " abs sign signum ceil ceiling floor round bround sqrt cbrt exp ln log log2 log10 log1p expm1 pow power"
            + " mod pmod negative positive try_add try_subtract try_multiply try_divide try_mod div sin cos tan asin"
            + " acos atan atan2 sinh cosh tanh degrees radians hypot rint pi e bit_count hash xxhash64"
            // text
            + " lower lcase upper ucase trim ltrim rtrim btrim substring substr left right length len char_length"
            + " character_length octet_length bit_length reverse initcap contains startswith endswith instr locate"
            + " position concat ascii chr char translate substring_index"
            // casts
            + " boolean tinyint smallint int bigint float double decimal string date timestamp binary"
            // dates
            + " year quarter month day dayofmonth dayofweek weekday dayofyear weekofyear hour minute second extract"
            + " date_part datepart date_trunc trunc date_diff datediff date_add date_sub dateadd add_months"
            + " months_between last_day to_date to_timestamp try_to_timestamp unix_date unix_seconds make_date"
            + " date_from_unix_date current_date current_timestamp now"
            // arrays and maps
            + " array array_contains array_position array_size array_min array_max arrays_overlap size cardinality"
            + " element_at try_element_at get map_contains_key struct named_struct");

    /** Functions that need no parentheses. */
    private static final Set<String> WITHOUT_PARENTHESES = Set.of("current_date", "current_timestamp");

    private static final String ALLOWED = ": a filter may compare, calculate, and call functions of one row's values"
            + " whose results are small, of numbers (abs, round, ...), text (lower, substring, ...), dates (year,"
            + " date_add, ...) and arrays (array_contains, size, ...)";

    /** Possessive: a match does not call itself for each character. */
    private static final Pattern QUOTED =
            Pattern.compile("'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"", Pattern.DOTALL);

    /** A number that Spark's parser would write out with all its zeros. */
    private static final Pattern HUGE_EXPONENT = Pattern.compile("(?i)[0-9.]e[+-]?[0-9]{3,}");

    /** Signs and negations, each of which the parser calls itself for. */
    private static final Pattern DEEP_SIGNS =
            Pattern.compile("(?i)(?:(?:[-+~!]|\\bnot\\b)\\s*+){" + (MOST_LEVELS + 1) + "}+");

    private final StructType attributes;
    private int nodes;
    private int concatenated;

    private FilterRules(StructType attributes) {
        this.attributes = attributes;
    }

    private static Set<String> names(String names) {
        return Set.of(names.split(" "));
    }

    /**
     * Refuses a text that is too large to be parsed without harm.
     *
     * @throws NsvqException that says why
     */
    static void checkText(String sql) {
        NsvqException.unless(
                sql.length() <= MOST_CHARACTERS,
                "it has " + sql.length() + " characters, a filter at most " + MOST_CHARACTERS);
        String unquoted = QUOTED.matcher(sql).replaceAll("''");
        NsvqException.unless(
                !HUGE_EXPONENT.matcher(unquoted).find(), "it has a number with an exponent of three digits or more");
        NsvqException.unless(
                !DEEP_SIGNS.matcher(unquoted).find(), "its signs are nested more than " + MOST_LEVELS + " deep");
        int depth = 0;
        for (int i = 0; i < unquoted.length(); i++) {
            char c = unquoted.charAt(i);
            depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
            NsvqException.unless(depth <= MOST_LEVELS, "its brackets are nested more than " + MOST_LEVELS + " deep");
        }
    }

    /**
     * Refuses a condition that may take more time or memory than its text and a row's values say.
     *
     * @param condition as it was parsed
     * @param attributes the columns of a row
     * @throws NsvqException that says why
     */
    static void check(Expression condition, StructType attributes) {
        if (condition instanceof Alias named) { // Spark takes a word that it does not expect for a column's new name
            throw new NsvqException("the word '" + named.name() + "' at its end does not belong to the condition: an"
                    + " operator before it or a value after it is missing");
        }
        new FilterRules(attributes).walk(condition, 1);
    }

    private void walk(Expression node, int level) {
        NsvqException.unless(level <= MOST_LEVELS, "it is nested more than " + MOST_LEVELS + " deep");
        NsvqException.unless(++nodes <= MOST_NODES, "it has more than " + MOST_NODES + " parts");
        String name = node.getClass().getSimpleName();
        boolean allowed = OPERATORS.contains(name);
        NsvqException.unless(allowed, "it uses " + sqlName(name) + ", which is not allowed" + ALLOWED);
        List<Expression> children = children(node);
        if (node instanceof UnresolvedFunction function) {
            checkFunction(function, children);
        } else if (node instanceof UnresolvedAttribute attribute) {
            checkAttribute(attribute);
        } else if (node instanceof Cast cast) {
            checkType(cast.dataType());
        } else if (node instanceof Like || node instanceof ILike) {
            checkPattern(children.get(1));
        } else if (node instanceof MultiLikeBase several) {
            several.patterns().foreach(pattern -> {
                checkPattern(String.valueOf(pattern));
                return null;
            });
        } else if (node instanceof Concat) {
            checkConcatenated(children.size());
        }
        children.forEach(child -> walk(child, level + 1));
    }

    private static List<Expression> children(Expression node) {
        return new ArrayList<>(CollectionConverters.asJava(node.children()));
    }

    /** Returns what users call an expression that is not allowed. */
    private static String sqlName(String className) {
        return switch (className) {
            case "RLike" -> "rlike (use like)";
            case "LambdaFunction", "UnresolvedNamedLambdaVariable" -> "a lambda function";
            case "InSubquery", "Exists", "ScalarSubquery", "ListQuery", "LateralSubquery" -> "a subquery";
            case "WindowExpression" -> "a window function";
            case "Alias", "MultiAlias" -> "'as'";
            case "NamedParameter", "PosParameter" -> "a parameter";
            default -> className.replaceFirst("^Unresolved", "").toLowerCase(Locale.ROOT);
        };
    }

    private void checkFunction(UnresolvedFunction function, List<Expression> arguments) {
        List<String> parts = new ArrayList<>(CollectionConverters.asJava(function.nameParts()));
        String name = String.join(".", parts).toLowerCase(Locale.ROOT);
        NsvqException.unless(FUNCTIONS.contains(name), "it calls " + name + ", which is not allowed" + ALLOWED);
        NsvqException.unless(
                !function.isDistinct() && function.filter().isEmpty(),
                "it calls " + name + " as an aggregate, which is not allowed" + ALLOWED);
        switch (name) {
            case "concat" -> checkConcatenated(arguments.size());
            case "like", "ilike" -> {
                if (arguments.size() > 1) {
                    checkPattern(arguments.get(1));
                }
            }
            case "round", "bround", "ceil", "ceiling", "floor" -> {
                if (arguments.size() > 1) {
                    checkDigits(name, arguments.get(1));
                }
            }
            default -> {}
        }
    }

    /** Nothing but a column of the index: not a session's variable, or a function without parentheses. */
    private void checkAttribute(UnresolvedAttribute attribute) {
        String first = attribute.nameParts().head();
        boolean known = Stream.of(attributes.fieldNames()).anyMatch(first::equalsIgnoreCase)
                || WITHOUT_PARENTHESES.contains(first.toLowerCase(Locale.ROOT));
        NsvqException.unless(known, "there is no attribute '" + first + "'");
    }

    private static void checkType(DataType type) {
        boolean simple = type instanceof NumericType
                || Stream.of(
                                DataTypes.StringType,
                                DataTypes.BooleanType,
                                DataTypes.BinaryType,
                                DataTypes.DateType,
                                DataTypes.TimestampType,
                                DataTypes.TimestampNTZType)
                        .anyMatch(type::equals);
        NsvqException.unless(simple, "it casts to " + type.catalogString() + ", which is not allowed" + ALLOWED);
    }

    private void checkConcatenated(int texts) {
        concatenated += texts;
        NsvqException.unless(
                concatenated <= MOST_CONCATENATED,
                "it puts " + concatenated + " texts together, a filter at most " + MOST_CONCATENATED);
    }

    private static void checkPattern(Expression pattern) {
        NsvqException.unless(pattern instanceof Literal, "the pattern of a like must be written out");
        checkPattern(String.valueOf(((Literal) pattern).value()));
    }

    private static void checkPattern(String pattern) {
        long wildcards = pattern.chars().filter(c -> c == '%').count();
        NsvqException.unless(
                wildcards <= MOST_WILDCARDS,
                "the pattern of a like has " + wildcards + " %, it may have " + MOST_WILDCARDS);
    }

    private static void checkDigits(String name, Expression digits) {
        Expression number =
                children(digits).isEmpty() ? digits : children(digits).get(0); // -2 is minus 2
        boolean small = number instanceof Literal literal
                && literal.value() instanceof Integer value
                && Math.abs((long) value) <= MOST_DIGITS;
        NsvqException.unless(small, name + " takes a number of digits that is written out, up to " + MOST_DIGITS);
    }
}
