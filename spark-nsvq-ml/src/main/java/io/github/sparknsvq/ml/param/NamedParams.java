package io.github.sparknsvq.ml.param;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** Params of a stage by their names, and what makes each with its doc, its default and the values that it takes. */
abstract class NamedParams implements Serializable {
    private static final long serialVersionUID = 1L;

    final Params stage;
    private final Map<String, Param<?>> byName = new HashMap<>();

    NamedParams(Params stage) {
        this.stage = stage;
    }

    final void text(String name, String doc, String value) {
        add(new Param<>(stage, name, doc), value);
    }

    final void choice(String name, String doc, List<String> valid, String value) {
        add(new Param<>(stage, name, doc, Checks.oneOf(name, valid)), value);
    }

    final void number(String name, String doc, int least, int value) {
        number(name, doc, Checks.atLeast(name, least), value);
    }

    final void number(String name, String doc, Checks.Check<Object> valid, int value) {
        add(new IntParam(stage, name, doc, valid), value);
    }

    final void rate(String name, String doc, Checks.Check<Object> valid, double value) {
        add(new DoubleParam(stage, name, doc, valid), value);
    }

    final void flag(String name, String doc) {
        add(new BooleanParam(stage, name, doc), false);
    }

    final <V> void add(Param<V> param, V value) {
        add(param);
        stage.setDefault(param, value);
    }

    final void add(Param<?> param) {
        byName.put(param.name(), param);
    }

    /** Returns the param of a name, of the class that its accessor promises. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    <P extends Param<?>> P get(String name) {
        return (P) byName.get(name);
    }
}
