"""Stages as pyspark.ml uses them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from pyspark.errors import IllegalArgumentException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder
from pyspark.sql import DataFrame, SparkSession

import sparknsvq
from sparknsvq import (
    VQ,
    AdditiveVQ,
    IvfIndex,
    ProductVQ,
    ResidualVQ,
    SpaceFillingVQ,
    UsageEvaluator,
    VQEvaluator,
    VQModel,
)

STAGES = [
    stage
    for stage in (getattr(sparknsvq, name) for name in sparknsvq.ml.__all__)
    if not stage.__name__.endswith("Model")
]
ESTIMATORS: list[tuple[Callable[[], Any], str]] = [
    (lambda: VQ(k=8, maxIter=2), "prediction"),
    (lambda: ProductVQ(numCodebooks=4, codebookBits=4, maxIter=2), "code"),
    (lambda: ResidualVQ(levelBits=[3, 4], maxIter=2, jointIter=1), "code"),
    (lambda: AdditiveVQ(numCodebooks=2, codebookBits=4, maxIter=2, jointIter=1), "code"),
    (lambda: SpaceFillingVQ(k=8, maxIter=2), "position"),
    (lambda: IvfIndex(numLists=4, quantizer="flat", maxIter=2), "neighbors"),
]


def of_java(stage: Any, name: str) -> Any:
    """Return a param's value in the JVM."""
    return stage._java_obj.getOrDefault(stage._java_obj.getParam(name))


@pytest.mark.parametrize("stage", STAGES)
def test_defaults_are_those_of_the_java_stage(spark: SparkSession, stage: Any) -> None:
    made = stage()
    java = made._java_obj
    assert {p.name for p in made.params} == {p.name() for p in java.params()}
    for param in made.params:
        java_param = java.getParam(param.name)
        assert made.hasDefault(param) == java.hasDefault(java_param)
        if made.hasDefault(param):
            default = java.getDefault(java_param).get()
            listed = isinstance(made._defaultParamMap[param], list)
            assert made._defaultParamMap[param] == (list(default) if listed else default)


@pytest.mark.parametrize("stage", STAGES)
def test_constructor_and_setters_have_all_params(spark: SparkSession, stage: Any) -> None:
    names = {param.name for param in stage().params}
    constructor = set(inspect.signature(stage.__init__).parameters) - {"self", "progress"}
    assert constructor == names == set(inspect.signature(stage.setParams).parameters) - {"self"}
    for name in names:
        capital = name[0].upper() + name[1:]
        assert callable(getattr(stage, f"set{capital}"))
        assert callable(getattr(stage, f"get{capital}"))


@pytest.mark.parametrize(("make", "column"), ESTIMATORS)
def test_fits_saves_and_loads(
    data: DataFrame, place: str, make: Callable[[], Any], column: str
) -> None:
    estimator = make()
    estimator.write().save(place + "/estimator")
    loaded = type(estimator).load(place + "/estimator")
    assert type(loaded) is type(estimator)
    assert loaded.extractParamMap() == estimator.extractParamMap()
    model = estimator.fit(data)
    assert model.uid == estimator.uid
    assert type(model).__name__ == type(estimator).__name__ + "Model"
    model.write().save(place + "/model")
    again = type(model).load(place + "/model")
    expected = model.transform(data).select("id", column).orderBy("id").collect()
    assert again.transform(data).select("id", column).orderBy("id").collect() == expected
    assert "uid=" in repr(model)


def test_sets_what_is_given_and_nothing_else(spark: SparkSession) -> None:
    vq = VQ(k=8, weightCol=None)
    assert vq.getK() == 8
    assert not vq.isSet(vq.weightCol)
    assert not vq.isSet(vq.seed)
    assert vq.setParams(seed=2**40).setMaxIter(3) is vq
    assert (vq.getSeed(), vq.getMaxIter(), vq.getK()) == (2**40, 3, 8)
    assert of_java(vq, "seed") == 2**40
    vq.clear(vq.k)
    assert vq.getK() == 256 == of_java(vq, "k")
    vq.setK(8)
    assert of_java(vq, "k") == 8
    assert "number of codewords" in vq.explainParam("k")


def test_lists(spark: SparkSession) -> None:
    rq = ResidualVQ(levelBits=[3, 4]).setLevelBits([8, 8, 4])
    assert rq.getLevelBits() == list(of_java(rq, "levelBits")) == [8, 8, 4]
    ivf = IvfIndex(attributeCols=["a", "b"])
    assert ivf.getAttributeCols() == list(of_java(ivf, "attributeCols")) == ["a", "b"]
    assert IvfIndex().getAttributeCols() == []


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ({"k": 0}, IllegalArgumentException, "k = 0: at least 1 is needed"),
        ({"updater": "x"}, IllegalArgumentException, "updater = 'x': must be one of nsvq, sgd"),
        ({"k": "x"}, TypeError, "Could not convert x to int"),
        ({"k": 1 << 32}, TypeError, "4294967296 is no whole number of 32 bits"),
        ({"seed": 1 << 63}, TypeError, "9223372036854775808 is no whole number of 64 bits"),
        ({"nope": 1}, TypeError, "unexpected keyword argument 'nope'"),
    ],
)
def test_refuses_wrong_values(
    spark: SparkSession, given: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error) as refused:
        VQ(**given)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_refused_value_is_not_kept(spark: SparkSession) -> None:
    vq = VQ(k=8)
    with pytest.raises(IllegalArgumentException):
        vq.setK(-1)
    assert vq.getK() == 8


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (lambda data: VQ(featuresCol="x").fit(data), "there is no column 'x'"),
        (
            lambda data: VQ(k=2).fit(
                data.selectExpr("array(1.0, id) as features", "id").union(
                    data.selectExpr("array(1.0) as features", "id")
                )
            ),
            "first row 1200",
        ),
        (lambda data: VQModel.load("/there/is/nothing"), "/there/is/nothing"),
        (lambda data: VQEvaluator().evaluate(data), "there is no column 'distance' to evaluate"),
    ],
)
def test_errors_are_one_line(
    data: DataFrame, what: Callable[[DataFrame], Any], sentence: str
) -> None:
    with pytest.raises(IllegalArgumentException) as refused:
        what(data)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_pipelines_save_and_load(data: DataFrame, place: str) -> None:
    stages: list[Any] = [VQ(k=8, maxIter=2), ProductVQ(numCodebooks=4, codebookBits=4, maxIter=1)]
    pipeline = Pipeline(stages=stages)
    pipeline.write().save(place + "/pipeline")
    assert [type(s) for s in Pipeline.load(place + "/pipeline").getStages()] == [VQ, ProductVQ]
    model = pipeline.fit(data)
    model.write().save(place + "/model")
    again = PipelineModel.load(place + "/model")
    assert [type(stage) for stage in again.stages] == [type(stage) for stage in model.stages]
    rows = model.transform(data).orderBy("id").select("prediction", "code").collect()
    assert again.transform(data).orderBy("id").select("prediction", "code").collect() == rows


def test_cross_validation_chooses_the_larger_codebook(data: DataFrame, place: str) -> None:
    vq = VQ(maxIter=2, distanceCol="distance")
    grid = ParamGridBuilder().addGrid(vq.k, [2, 16]).build()
    validator = CrossValidator(
        estimator=vq, estimatorParamMaps=grid, evaluator=VQEvaluator(), numFolds=2
    )
    model = validator.fit(data)
    assert isinstance(model.bestModel, VQModel)
    assert model.bestModel.getK() == 16
    assert model.avgMetrics[1] < model.avgMetrics[0]
    model.write().save(place)
    again = CrossValidatorModel.load(place)
    assert type(again.bestModel) is VQModel
    assert again.avgMetrics == model.avgMetrics
    assert type(again.getEvaluator()) is VQEvaluator


def test_fits_a_list_of_param_maps(data: DataFrame) -> None:
    vq = VQ(maxIter=1)
    models = vq.fit(data, [{vq.k: 2}, {vq.k: 3}])
    assert [model.codebook.shape[0] for model in models] == [2, 3]
    assert vq.getK() == 256


def test_fits_several_sizes_at_once(data: DataFrame) -> None:
    vq = VQ(maxIter=2, dimensionWeights=[2.0] * 16, initMode="evolution")
    few, more = vq.fitEach(data, [2, 8])
    assert (len(few.codebook), len(more.codebook)) == (few.getK(), more.getK()) == (2, 8)
    assert more.getDimensionWeights() == [2.0] * 16
    assert more.summary.mse < few.summary.mse
    assert (
        more.summary.mse
        == VQ(k=8, maxIter=2, dimensionWeights=[2.0] * 16, initMode="evolution")
        .fit(data)
        .summary.mse
    )


def test_evaluators_say_what_is_better(spark: SparkSession) -> None:
    larger = {
        name: UsageEvaluator(metricName=name).isLargerBetter()
        for name in ("kl", "averageDisclosure", "dead")
    }
    assert larger == {"kl": False, "averageDisclosure": True, "dead": False}
    assert not VQEvaluator().isLargerBetter()
    assert sparknsvq.RecallEvaluator().isLargerBetter()


def test_copies_do_not_share_params(data: DataFrame) -> None:
    vq = VQ(k=4, maxIter=1)
    copy = vq.copy({vq.k: 8})
    assert (vq.getK(), copy.getK()) == (4, 8)
    assert copy.fit(data).codebook.shape[0] == 8
    model = vq.fit(data)
    renamed = model.copy({model.predictionCol: "other"})
    assert "other" in renamed.transform(data).columns
    assert "prediction" in model.transform(data).columns


def test_starts_from_a_model(data: DataFrame) -> None:
    start = VQ(k=8, maxIter=2).fit(data)
    kept = VQ(k=8, maxIter=0).setInitialModel(start).fit(data)
    assert (kept.codebook == start.codebook).all()
    levels = ResidualVQ(numCodebooks=2, codebookBits=4, maxIter=2, jointIter=0)
    first = levels.fit(data)
    same = levels.copy({levels.maxIter: 0}).setInitialModel(first).fit(data)
    assert (same.codebook == first.codebook).all()
