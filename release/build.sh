#!/usr/bin/env bash
# Builds what a release ships, from this checkout, without tests, into .work/release: the jars of all modules with
# sources, Javadoc and POM, the bill of materials (CycloneDX), the Python wheel, and SHA256SUMS of them all.
#   release/build.sh [--sign KEY]   KEY: what gpg knows the key by; its passphrase, if any, in MAVEN_GPG_PASSPHRASE
# Signed, each file has its .asc beside it. Needs a JDK 17 (JAVA_HOME) and a Python with pip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

key=
if [[ ${1:-} == --sign ]]; then key=${2:?which key signs?}; fi
out=.work/release
version=$(sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml)
modules=(spark-nsvq-core spark-nsvq-gpu spark-nsvq-djl spark-nsvq-ml spark-nsvq-cli)

signing=(-Dgpg.skip)
[[ -z $key ]] || signing=("-Dgpg.keyname=$key")
rm -rf "$out"
for module in . "${modules[@]}"; do # none of another version, none that no source makes any more
    rm -f "$module"/target/*.jar "$module"/target/*.asc "$module"/target/*.pom "$module"/target/bom.json
done
# Without Error Prone, too: CI has passed on what is released, and its checks change no class.
./mvnw -q -B -ntp -Prelease "${signing[@]}" -Dmaven.test.skip -Dspotless.check.skip -Dcheckstyle.skip \
    -Djavac.errorprone=-Xlint:-options \
    -pl "$(IFS=,; echo ".,${modules[*]}")" \
    verify dependency:build-classpath -Dmdep.outputFile=target/release-classpath.txt

mkdir -p "$out"
# FILE NAME: into the release, with its signature.
ship() {
    cp "$1" "$out/$2"
    [[ -z $key ]] || cp "$3" "$out/$2.asc"
}
# The POMs that are published are the flattened ones. Maven names what it has signed as it would be published.
ship .flattened-pom.xml "spark-nsvq-parent-$version.pom" "target/spark-nsvq-parent-$version.pom.asc"
ship target/bom.json "spark-nsvq-$version-cyclonedx.json" target/bom.json.asc
for module in "${modules[@]}"; do
    for jar in "$module"/target/spark-nsvq-*-"$version"*.jar; do
        case $jar in *-shaded.jar | *-tests.jar) continue ;; esac
        ship "$jar" "${jar##*/}" "$jar.asc"
    done
    plain=$(ls "$module"/target/*-"$version".jar)
    ship "$module/.flattened-pom.xml" "$(basename "$plain" .jar).pom" "${plain%.jar}.pom.asc"
done

# What builds the wheel is the same everywhere: its version stands in the wheel.
export PIP_CONSTRAINT=$PWD/release/requirements.txt PIP_BUILD_CONSTRAINT=$PWD/release/requirements.txt
export PIP_DISABLE_PIP_VERSION_CHECK=1
NSVQ_JAR=$(ls "$PWD"/spark-nsvq-cli/target/*-fat.jar) SOURCE_DATE_EPOCH=$(date -u -d "$(sed -n \
    's|.*<project.build.outputTimestamp>\(.*\)</project.build.outputTimestamp>|\1|p' pom.xml)" +%s) \
    python3 -m pip wheel --quiet --no-deps --no-cache-dir --wheel-dir "$out" ./python
(cd "$out" && LC_ALL=C sha256sum -- *.jar *.pom *.json *.whl >SHA256SUMS)
if [[ -n $key ]]; then
    for file in "$out"/*.whl "$out/SHA256SUMS"; do
        gpg --batch --yes --local-user "$key" ${MAVEN_GPG_PASSPHRASE+--pinentry-mode loopback --passphrase-fd 3} \
            --armor --detach-sign "$file" 3<<<"${MAVEN_GPG_PASSPHRASE-}"
    done
fi
printf 'release/build.sh: %s files of %s in %s\n' "$(wc -l <"$out/SHA256SUMS")" "$version" "$out"
