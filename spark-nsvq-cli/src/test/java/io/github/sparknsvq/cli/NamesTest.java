package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that Hadoop, Spark or URIs could take for something else. */
class NamesTest extends CommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"a:b", "_50%41 [x]{a,b}*?#\\\u00e4=1"})
    void outputsMayHaveAnyName(String name) throws Exception {
        Path input = vectors("in.fvecs", 60, 1);
        String model = directory + "/" + name;
        String codes = directory + "/codes/" + name;
        String index = directory + "/index/" + name;
        for (String mode : new String[] {"error", "overwrite"}) {
            nsvq("train --k 4 --max-iter 1 --mode", mode, "--input", input, "--output", model + "/")
                    .json();
        }
        assertEquals(4, nsvq("info", model).json().get("codewords").asInt());
        nsvq("encode --input", input, "--model", model, "--output", codes).json();
        nsvq("decode --input", codes, "--model", model, "--output", directory + "/decoded/" + name)
                .json();
        nsvq("index --lists 2 --quantizer flat --max-iter 1 --input", input, "--output", index)
                .json();
        nsvq("index --append", index, "--delete", codes).json();
        nsvq("search --index", index, "--queries", input, "--output", directory + "/found/" + name)
                .json();
        assertTrue(Files.exists(directory.resolve("found").resolve(name)));
    }

    @Test
    void aFileWithAColonIsRefusedBeforeAnyWork() throws Exception {
        String why = ": Hadoop's local file system opens no file whose name holds a colon, give it another name";
        Path file = directory.resolve("a:b.fvecs");
        Files.copy(vectors("in.fvecs", 60, 1), file);
        assertFails(file + why, "train --k 4 --input", file);
        Path out = directory.resolve("a:b.faiss");
        assertEquals(out + why, unchanged("export --model", model(), "--output", out));
    }

    @Test
    void aRelativeNameMayHoldAColon() throws Exception {
        String line = unchanged("info a:b");
        assertTrue(line.startsWith("there is no such file or directory: ./a:b"), line);
    }
}
