package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong usage: exit code 2 and one line, before a session is started. */
class UsageTest {
    private static final String COMMANDS =
            "quickstart, train, encode, decode, order, index, search, evaluate, health, tune, export, import,"
                    + " verify, info";

    @BeforeEach
    void noSession() {
        SparkSession.clearActiveSession();
    }

    private static String usage(String line) {
        Ran ran = nsvq((Object[]) line.split(" ", -1));
        String said = ran.line(2);
        assertEquals(1, ran.err().lines().count(), ran.err());
        assertFalse(SparkSession.getActiveSession().isDefined());
        return said;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "--k 0 ~ k = 0: at least 1 is needed",
                "--k x ~ Invalid value for option '--k' (K): 'x' is not an int",
                "--bits 0 ~ --bits 0: between 1 and 24 are valid",
                "--bits 25 ~ --bits 25: between 1 and 24 are valid",
                "--bits 3 --k 7 ~ --bits 3 means 8 codewords, but --k says 7: give one of them",
                "--codebooks 4 ~ --codebooks 4: vq has one codebook, so only 1 is valid",
                "--quantizer lsq ~ --quantizer 'lsq' is unknown: valid are vq, pq, opq, rq, aq, sfvq",
                "--quantizer pq --codebooks 0 ~ numCodebooks = 0: 1 to 1048576 are valid",
                "--quantizer opq --bits 3 ~ codebookBits = 3: 4 to 16 are valid",
                "--quantizer aq --bits 17 ~ codebookBits = 17: 4 to 16 are valid",
                "--quantizer pq --k 16 ~ --k is for --quantizer vq or sfvq, not for pq",
                "--quantizer pq --beam 3 ~ --beam is for --quantizer rq or aq, not for pq",
                "--beam 3 ~ --beam is for --quantizer rq or aq, not for vq",
                "--quantizer pq --rotation-iter 3 ~ --rotation-iter is for --quantizer opq, not for pq",
                "--quantizer opq --joint-iter 3 ~ --joint-iter is for --quantizer rq or aq, not for opq",
                "--quantizer rq --polish-iter 3 ~ --polish-iter is for --quantizer aq, not for rq",
                "--quantizer aq --balanced ~ --balanced is for --quantizer rq, not for aq",
                "--quantizer aq --error-threshold 3 ~ --error-threshold is for --quantizer rq, not for aq",
                "--quantizer aq --level-bits 4,4 ~ --level-bits is for --quantizer rq, not for aq",
                "--quantizer rq --init-steps 3 ~ --init-steps is for --quantizer vq, not for rq",
                "--quantizer rq --level-bits 4,8 --bits 4 ~ --level-bits says how many levels there are"
                        + " and of how many"
                        + " bits: leave out --codebooks and --bits",
                "--quantizer rq --level-bits 4,8 --codebooks 2 ~ --level-bits says how many levels there"
                        + " are and of how"
                        + " many bits: leave out --codebooks and --bits",
                "--quantizer pq --init-mode k-means|| ~ --init-mode k-means|| starts one codebook: use random or"
                        + " k-means++ for pq",
                "--quantizer aq --bits 12 ~ an additive quantizer compares all pairs of codewords and can"
                        + " have 16384 in"
                        + " all, not 32768",
                "--quantizer pq --balance-iter 3 ~ --balance-iter is for --quantizer rq, not for pq",
                "--quantizer rq --beam 0 ~ beam = 0: 1 to 1024 are valid",
                "--quantizer pq --baseline mllib ~ --baseline mllib trains one codebook: leave out --quantizer pq",
                "--quantizer sfvq --k 12 ~ k = 12: a power of two from 4 to 65536 is needed",
                "--quantizer sfvq --bits 1 ~ k = 2: a power of two from 4 to 65536 is needed",
                "--quantizer sfvq --bits 17 ~ k = 131072: a power of two from 4 to 65536 is needed",
                "--quantizer sfvq --codebooks 2 ~ --codebooks 2: sfvq has one codebook, so only 1 is valid",
                "--quantizer sfvq --search all ~ search = 'all': must be one of exact, corners",
                "--quantizer sfvq --resample 0 ~ --resample 0: 1 to 16777216 codewords are possible",
                "--quantizer sfvq --resample 16777217 ~ --resample 16777217: 1 to 16777216 codewords are possible",
                "--quantizer sfvq --resample-of samples ~ --resample-of goes with --resample",
                "--quantizer sfvq --resample 8 --resample-of rows ~ --resample-of 'rows' is unknown: valid are"
                        + " projected, samples",
                "--quantizer sfvq --updater lloyd ~ --updater is for --quantizer vq or pq or opq or rq or aq, not for"
                        + " sfvq",
                "--quantizer sfvq --local-steps 4 ~ --local-steps is for --quantizer vq or pq or opq or rq or aq, not"
                        + " for sfvq",
                "--quantizer sfvq --tol 0.1 ~ --tol is for --quantizer vq or pq or opq or rq or aq, not for sfvq",
                "--quantizer sfvq --lloyd-iter 1 ~ --lloyd-iter is for --quantizer vq or pq or opq or rq or aq, not"
                        + " for sfvq",
                "--quantizer sfvq --reseeding none ~ --reseeding is for --quantizer vq or pq or opq or rq or aq, not"
                        + " for sfvq",
                "--quantizer sfvq --init-mode random ~ --init-mode is for --quantizer vq or pq or opq or rq or aq,"
                        + " not for sfvq",
                "--quantizer sfvq --init-steps 2 ~ --init-steps is for --quantizer vq, not for sfvq",
                "--quantizer sfvq --beam 2 ~ --beam is for --quantizer rq or aq, not for sfvq",
                "--quantizer sfvq --rotation-iter 2 ~ --rotation-iter is for --quantizer opq, not for sfvq",
                "--quantizer sfvq --balanced ~ --balanced is for --quantizer rq, not for sfvq",
                "--quantizer sfvq --init m ~ --init starts from codebooks: leave out --quantizer sfvq",
                "--quantizer sfvq --baseline mllib ~ --baseline mllib trains one codebook: leave out --quantizer"
                        + " sfvq",
                "--resample 8 ~ --resample is for --quantizer sfvq, not for vq",
                "--quantizer rq --search exact ~ --search is for --quantizer sfvq, not for rq",
                "--max-iter -2 ~ maxIter = -2: at least -1 is needed",
                "--updater foo ~ updater = 'foo': must be one of nsvq, sgd, ema, minibatch, lloyd, ste",
                "--reseeding foo ~ reseeding = 'foo': must be one of auto, error, presence, none",
                "--init-mode foo ~ initMode = 'foo': must be one of random, k-means++, k-means||, noisy,"
                        + " evolution",
                "--distance-measure l1 ~ distanceMeasure = 'l1': must be one of euclidean, cosine",
                "--presence-threshold 2 ~ presenceThreshold = 2.0: must be from 0 to 1",
                "--repair maybe ~ repair = 'maybe': must be one of auto, on, off",
                "--dimension-weights 1,0 ~ dimensionWeights has 0.0 for dimension 1: it must be positive and finite,"
                        + " as float32 too",
                "--quantizer sfvq --dimension-weights 1 ~ --dimension-weights is for --quantizer vq or pq or opq or"
                        + " rq or aq, not for sfvq",
                "--k 16,32 ~ --k names 2 numbers of codewords: give one, or --elbow to pick one",
                "--elbow ~ an elbow needs three numbers of codewords or more, such as 16,32,64, not 0",
                "--elbow --k 16,32 ~ an elbow needs three numbers of codewords or more, such as 16,32,64, not 2",
                "--elbow --k 16,32,16 ~ an elbow needs different numbers of codewords: [16, 32, 16] has one twice",
                "--elbow --k 16,0,4 ~ k = 0: at least 1 is needed",
                "--elbow --k 4,8,16 --bits 4 ~ --bits does not go with --elbow, which trains codebooks of several"
                        + " sizes",
                "--elbow --k 4,8,16 --checkpoint c ~ --checkpoint does not go with --elbow, which trains codebooks of"
                        + " several sizes",
                "--elbow --k 4,8,16 --baseline mllib ~ --elbow goes with the training of spark-nsvq only: MLlib's"
                        + " KMeans knows no such thing",
                "--quantizer pq --elbow ~ --elbow is for --quantizer vq, not for pq",
                "--device gpu ~ device = 'gpu': must be one of auto, cpu, opencl",
                "--mode append ~ --mode 'append' is unknown: valid are error, overwrite",
                "--report / ~ --report / is the root directory: give a file",
                "--handle-invalid keep ~ --handle-invalid 'keep' is unknown: valid are error, skip",
                "--baseline faiss ~ --baseline 'faiss' is unknown: valid is only mllib",
                "--baseline mllib --init m ~ --init goes with the training of spark-nsvq only: MLlib's"
                        + " KMeans knows no such thing",
                "--baseline mllib --updater lloyd ~ --updater goes with the training of spark-nsvq only: MLlib's"
                        + " KMeans knows no such thing",
                "--baseline mllib --handle-invalid skip ~ --handle-invalid skip goes with the training of"
                        + " spark-nsvq only: MLlib's KMeans skips no rows",
                "--id-col key ~ Unknown options: '--id-col', 'key'",
                "--baseline mllib --init-mode noisy ~ --init-mode 'noisy' is unknown: valid are random, k-means||",
                "--frob ~ Unknown option: '--frob'",
                "--master local ~ --master goes before the command"
            })
    void trainSaysWhatIsWrong(String options, String said) {
        assertEquals(said + " (see nsvq train --help)", usage("train --input a --output b " + options));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "train | Missing required options: '--input=PATH', '--output=DIR' (see nsvq train --help)",
                "frob --input a | there is no command 'frob': there are " + COMMANDS + " (see nsvq --help)",
                "encode --input a --output b | Missing required option: '--model=DIR' (see nsvq encode --help)",
                "evaluate --model m --input a --queries q | --queries and --truth go together: give both"
                        + " for recall, or"
                        + " neither (see nsvq evaluate --help)",
                "evaluate --model m --input a --k 1,0 | --k 0: at least 1 is needed (see nsvq evaluate --help)",
                "evaluate --model m --input a --metric cosine | --metric 'cosine' is unknown: valid are"
                        + " l2, ip (see nsvq"
                        + " evaluate --help)",
                "encode --model m --input a --output b --search all | --search 'all' is unknown: valid are exact,"
                        + " corners (see nsvq encode --help)",
                "evaluate --model m --input a --search all | --search 'all' is unknown: valid are exact, corners (see"
                        + " nsvq evaluate --help)",
                "evaluate --index i --queries q --truth t --search exact | --search does not go with --index (see"
                        + " nsvq evaluate --help)",
                "export --model m | Missing required option: '--output=FILE' (see nsvq export --help)",
                "export --model m --output f --format onnx | --format 'onnx' is unknown: valid is only"
                        + " faiss (see nsvq"
                        + " export --help)",
                "export --model m --output f --metric l1 | --metric 'l1' is unknown: valid are l2, ip"
                        + " (see nsvq export"
                        + " --help)",
                "export --model m --output f --mode append | --mode 'append' is unknown: valid are error,"
                        + " overwrite (see"
                        + " nsvq export --help)",
                "info a --model b | give one of PATH, --model and --index, not more (see nsvq info --help)",
                "info --shape 4096*128 | --shape '4096*128' is no shape: give codewords x dimension, such"
                        + " as 4096x128 (see"
                        + " nsvq info --help)",
                "info --shape 8x4 --shape 0x128 | --shape a codebook of 0x128 cannot be tried: it needs 1"
                        + " to 268435456"
                        + " values in all (see nsvq info --help)",
                "info --shape 8x4 m | --shape asks about this machine: leave out PATH, --model and --index (see nsvq"
                        + " info --help)",
                "evaluate --input a | give one of --model, --index (see nsvq evaluate --help)",
                "evaluate --model m --index i | give only one of --model, --index (see nsvq evaluate --help)",
                "evaluate --model m --input a --mode overwrite | --mode goes with --report, the only file that is"
                        + " written (see nsvq evaluate --help)",
                "evaluate --model m | --model is evaluated by --input, the vectors to encode with it (see"
                        + " nsvq evaluate"
                        + " --help)",
                "evaluate --model m --input a --probes 3 | --probes does not go with --model (see nsvq"
                        + " evaluate --help)",
                "evaluate --index i --queries q | --index is evaluated by --queries and --truth: give both (see nsvq"
                        + " evaluate --help)",
                "evaluate --index i --input a | --input does not go with --index (see nsvq evaluate --help)",
                "evaluate --index i --queries q --truth t --probes 3,0 | --probes 0: at least 1 is needed (see nsvq"
                        + " evaluate --help)",
                "export --output f | give one of --model, --index (see nsvq export --help)",
                "export --index i --output f --codes c | --codes does not go with --index (see nsvq export --help)",
                "export --index i --output f --refine flat | --refine goes with --vectors, which it says how to write"
                        + " (see nsvq export --help)",
                "export --index i --output f --vectors v --refine sq4 | --refine 'sq4' is unknown: valid are flat,"
                        + " sq8"
                        + " (see nsvq export --help)",
                "export --index i --output f --vectors-format orc | --vectors-format goes with --vectors, which are"
                        + " read so (see nsvq export --help)",
                "export --index i --output f --spill | --spill goes with --vectors, by which second lists are chosen"
                        + " (see nsvq export --help)",
                "export --model m --output f --vectors v | --vectors does not go with --model (see nsvq export"
                        + " --help)",
                "export --model m --output f --fast-scan | --fast-scan does not go with --model (see nsvq export"
                        + " --help)",
                "import --input f | Missing required option: '--output=DIR' (see nsvq import --help)",
                "quickstart --baseline faiss | --baseline 'faiss' is unknown: valid is only mllib (see"
                        + " nsvq quickstart"
                        + " --help)"
            })
    void commandsSayWhatIsWrong(String line, String said) {
        assertEquals(said, usage(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "--input a ~ an index is made of --input and written to --output (or changed with --append)",
                "--output b ~ an index is made of --input and written to --output (or changed with --append)",
                "--input a --output b --lists -1 ~ numLists = -1: 0 to 1048576 are valid",
                "--input a --output b --quantizer vq ~ --quantizer 'vq' is unknown: valid are flat, pq, opq, rq, aq",
                "--input a --output b --metric l1 ~ --metric 'l1' is unknown: valid are l2, ip, cosine",
                "--input a --output b --quantizer flat --bits 4 ~ --bits is for --quantizer pq or opq or"
                        + " rq or aq, not for"
                        + " flat",
                "--input a --output b --beam 4 ~ --beam is for --quantizer rq or aq, not for pq",
                "--input a --output b --bits 3 ~ codebookBits = 3: 4 to 16 are valid",
                "--input a --output b --quantizer rq --beam 0 ~ beam = 0: 1 to 1024 are valid",
                "--input a --output b --quantizer aq --bits 12 ~ an additive quantizer compares all pairs"
                        + " of codewords and"
                        + " can have 16384 in all, not 32768",
                "--input a --output b --delete c ~ --delete does not go with a new index, but with --append",
                "--append i ~ give one of --input, --delete, --compact",
                "--append i --input a --compact ~ give only one of --input, --delete, --compact",
                "--append i --input a --output b ~ --output does not go with --append",
                "--append i --input a --lists 3 ~ --lists does not go with --append, which trains nothing",
                "--append i --input a --seed 3 ~ --seed does not go with --append, which trains nothing",
                "--append i --delete a.fvecs ~ --delete needs a table whose id column names the vectors: a.fvecs is a"
                        + " vector file, whose ids are the numbers of its rows",
                "--append i --delete a --format NPY ~ --delete needs a table whose id column names the vectors:"
                        + " a is a vector file, whose ids are the numbers of its rows",
                "--append i --delete a --features-col f ~ --features-col does not go with --delete",
                "--append i --compact --id-col f ~ --id-col does not go with --compact",
                "--append i --delete a --since-column f ~ --since-column does not go with --delete"
            })
    void indexSaysWhatIsWrong(String options, String said) {
        assertEquals(said + " (see nsvq index --help)", usage("index " + options));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "--k 0 ~ --k 0: at least 1 is needed",
                "--probes 0 ~ --probes 0: at least 1 is needed",
                "--device gpu ~ device = 'gpu': must be one of auto, cpu, opencl",
                "--rerank 3 ~ --rerank and --vectors go together: the neighbors are ranked again by the vectors",
                "--vectors v ~ --rerank and --vectors go together: the neighbors are ranked again by the vectors",
                "--rerank 0 --vectors v ~ --rerank 0: at least 1 is needed"
            })
    void searchSaysWhatIsWrong(String options, String said) {
        assertEquals(said + " (see nsvq search --help)", usage("search --index i --queries q --output o " + options));
    }

    @Test
    void aCommandIsNeeded() {
        assertEquals("which command? There are " + COMMANDS + " (see nsvq --help)", nsvq().line(2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart",
                "train",
                "encode",
                "decode",
                "order",
                "index",
                "search",
                "evaluate",
                "export",
                "import",
                "verify",
                "info"
            })
    void helpIsNoError(String command) {
        Ran ran = nsvq(command, "--help");
        assertEquals(0, ran.code());
        assertEquals("", ran.err());
        assertTrue(ran.out().startsWith("Usage: nsvq " + command), ran.out());
        assertFalse(ran.out().contains("default: null"), ran.out());
    }

    @Test
    void helpShowsTheDefaultsOfTheParams() {
        String help = nsvq("train", "--help").out();
        assertTrue(help.contains("--max-iter=N") && help.contains("(default: 20)"), help);
        assertTrue(help.contains("(default: nsvq)"), help);
    }

    @Test
    void tellsItsVersion() {
        Ran ran = nsvq("--version");
        assertEquals(0, ran.code());
        assertTrue(ran.out().matches("nsvq \\d+\\.\\d+\\.\\d+\\S* \\(Spark 4\\.\\S+, Java \\d+\\)\\R"), ran.out());
        assertTrue(nsvq("--help").out().startsWith("Usage: nsvq [--master M] [--conf K=V ...] COMMAND"));
    }
}
