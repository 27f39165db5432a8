package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The Java of {@code docs/streams.md} is what tests run. */
class StreamsDocumentTest {
    private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private static String plain(String code) {
        return code.replaceAll("\\s+", "");
    }

    @Test
    void itsCodeIsThatOfTheRecipes() throws IOException {
        String recipes = plain(Files.readString(Path.of("src/test/java/io/github/sparknsvq/ml/StreamRecipes.java")));
        List<String> blocks = CODE.matcher(Files.readString(Path.of("..", "docs", "streams.md")))
                .results()
                .map(block -> block.group(1))
                .toList();
        assertEquals(2, blocks.size());
        for (String block : blocks) {
            assertTrue(recipes.contains(plain(block)), block);
        }
    }
}
