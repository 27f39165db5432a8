package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.entropy.EntropyCodes;
import io.github.sparknsvq.ml.verification.Verification;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code nsvq verify}: whether something saved is as it was written. */
@Command(
        name = "verify",
        description =
                "Reads all of an index, of a model, of a pipeline with such, of entropy-coded codes, or of an index"
                        + " file of FAISS, and compares every length, count and checksum (CRC-32C) with what was written.",
        footer = {
            "",
            "Damage is an error that names the first damaged file and counts the others. An index or model that was"
                    + " written before there were manifests, and a file without NAME.crc32c beside it, is only read:"
                    + " then the result says \"manifest\":false."
        })
final class VerifyCommand extends NsvqCommand {
    @Parameters(
            paramLabel = "PATH",
            description =
                    "A model, pipeline or index directory, one of entropy-coded codes, or an index file of FAISS.")
    String path;

    @Override
    void check() {
        // any path may be one
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        progress.begin("verifying " + path);
        if (EntropyCodes.isAt(path, spark)) {
            EntropyCodes codes = EntropyCodes.open(path, spark);
            codes.verify();
            EntropyCodes.Size size = codes.size();
            return new Result()
                    .put("path", path)
                    .put("kind", "codes")
                    .put("files", codes.files())
                    .put("bytes", size.codedBytes() + size.tableBytes() + size.otherBytes())
                    .put("vectors", size.rows())
                    .put("checksums", codes.files())
                    .put("manifest", true)
                    .put("verified", true);
        }
        Verification found = Verification.of(path, spark);
        boolean hasVectors = found.kind().equals("index") || found.kind().equals("faiss") || found.segments() > 0;
        return new Result()
                .put("path", path)
                .put("kind", found.kind())
                .put("stages", found.stages() > 1 ? found.stages() : null)
                .put("files", found.files())
                .put("bytes", found.bytes())
                .put("vectors", hasVectors ? found.vectors() : null)
                .put("segments", found.kind().equals("index") || found.segments() > 0 ? found.segments() : null)
                .put("checksums", found.checksums())
                .put("manifest", found.manifest())
                .put("verified", true);
    }
}
