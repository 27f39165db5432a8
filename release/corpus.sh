#!/usr/bin/env bash
# Saves the corpus of this version, which all later ones must read, as saved-by-VERSION.zip among the resources of ml's
# tests. EarlierRevisionCorpus, among these tests, says what is in it. Once for a release: a file that is there stays.
#   release/corpus.sh        then add the version to REVISIONS of EarlierRevisionFiles
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
file=$PWD/spark-nsvq-ml/src/test/resources/saved-by-$version.zip
if [[ -e $file ]]; then
    echo "release/corpus.sh: $file is there, and later releases read it: it is not made anew" >&2
    exit 1
fi
./mvnw -q -B -ntp -pl spark-nsvq-ml -am \
    test-compile dependency:build-classpath -Dmdep.outputFile=target/test-classpath.txt
# The options of a Spark JVM, as pom.xml has them.
options=$(sed -n '/<spark.jvm.args>/,/<\/spark.jvm.args>/p' pom.xml | sed 's/<[^>]*>//g')
ml=$PWD/spark-nsvq-ml/target
beside=$(mktemp -d)
trap 'rm -rf "$beside"' EXIT
# shellcheck disable=SC2086 # they are several
SPARK_LOCAL_IP=127.0.0.1 "${JAVA_HOME:+$JAVA_HOME/bin/}java" $options -Xmx2g \
    "-Dlog4j2.configurationFile=$PWD/conf/log4j2.properties" \
    -cp "$ml/test-classes:$ml/classes:$(<"$ml/test-classpath.txt")" \
    io.github.sparknsvq.ml.EarlierRevisionCorpus "$beside/corpus.zip"
cp "$beside/corpus.zip" "$file"
echo "$file: $(stat -c %s "$file") bytes"
