"""What the build adds to the package: its version, from the pom, and the jar that Spark needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PACKAGED = HERE / "src/sparknsvq/jars/spark-nsvq.jar"
IN_WHEEL = "sparknsvq/jars/spark-nsvq.jar"
OLDEST_JAVA = 17
MODULES = ("core", "ml", "cli")


def version() -> str:
    """Return the version of the pom, or of the source distribution that this is."""
    pom = ROOT / "pom.xml"
    if in_repository():
        found = re.search(r"<version>(.*?)</version>", pom.read_text(encoding="utf-8"))
    else:
        about = (HERE / "PKG-INF").read_text(encoding="utf-8")
        found = re.search(r"^Version: (.*)$", about, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"no version in {pom} or in {HERE / 'PKG-INF'}")
    return found[1].strip().replace("-SNAPSHOT", ".dev0")


def in_repository() -> bool:
    """Whether the Java sources are beside this directory."""
    return (ROOT / "mvnw").is_file() and (ROOT / "spark-nsvq-cli/pom.xml").is_file()


def jar() -> Path:
    """Return the jar, built first where it is missing or older than the sources.

    ``NSVQ_JAR`` names one that was built before.
    """
    named = os.environ.get("NSVQ_JAR")
    if named:
        if not Path(named).is_file():
            raise FileNotFoundError(f"NSVQ_JAR={named} is no file")
        return Path(named).resolve()
    if not in_repository():
        if not PACKAGED.is_file():
            raise FileNotFoundError(f"{PACKAGED} is missing: this source distribution is not whole")
        return PACKAGED
    with build_lock():
        if must_build():
            build()
    built = fat_jar()
    if built is None:
        raise FileNotFoundError(f"the build left no spark-nsvq-cli_*-fat.jar below {ROOT}")
    return built


def fat_jar() -> Path | None:
    """Return what Maven built, or None."""
    jars = sorted((ROOT / "spark-nsvq-cli/target").glob("spark-nsvq-cli_*-fat.jar"))
    return jars[-1] if jars else None


def must_build() -> bool:
    """Whether there is no jar, or a source is newer."""
    built = fat_jar()
    if built is None:
        return True
    sources = [ROOT / "pom.xml"]
    for module in MODULES:
        sources.append(ROOT / f"spark-nsvq-{module}/pom.xml")
        sources.extend((ROOT / f"spark-nsvq-{module}/src/main").rglob("*"))
    made = built.stat().st_mtime
    return any(source.is_file() and source.stat().st_mtime > made for source in sources)


@contextmanager
def build_lock() -> Iterator[None]:
    """Hold the lock of bin/nsvq, so that two builds at a time do not meet in one place."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    (ROOT / ".work").mkdir(exist_ok=True)
    with open(ROOT / ".work/build.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def java_home() -> str:
    """Return the home of a JDK that can build, as bin/nsvq chooses it."""
    listed = subprocess.run(
        [str(ROOT / "bin/java-homes")], stdout=subprocess.PIPE, text=True, check=False
    )
    for line in listed.stdout.splitlines():
        major, kind, home = line.split(" ", 2)
        if kind == "jdk" and int(major) >= OLDEST_JAVA:
            return home
    raise RuntimeError(
        f"spark-nsvq's jar is built by a JDK {OLDEST_JAVA} or later, and none was found:"
        " install one, set JAVA_HOME, or name a jar by NSVQ_JAR"
    )


def build() -> None:
    """Build the jar with Maven."""
    environment = dict(os.environ, JAVA_HOME=java_home())
    command = [str(ROOT / "mvnw"), "-q", "-B", "-ntp", "-DskipTests", "-Dquick"]
    command += ["-pl", "spark-nsvq-cli", "-am", "package"]
    print(f"building spark-nsvq's jar: {' '.join(command)}", file=sys.stderr)
    began = time.time()
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=sys.stderr.fileno(), check=False
    )
    if done.returncode:
        raise RuntimeError(f"building the jar failed: ./mvnw package in {ROOT} says more")
    built = fat_jar()
    if built is not None:  # Maven leaves a jar alone whose content stays the same
        os.utime(built, (began, began))


class JarHook(BuildHookInterface[Any]):
    """Puts the jar into wheels and source distributions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Find or build the jar before the package is put together."""
        found = jar()
        if self.target_name == "wheel" and version == "editable":
            return  # sparknsvq.jar_path() finds it where it was built
        if found != PACKAGED:
            inside = IN_WHEEL if self.target_name == "wheel" else f"src/{IN_WHEEL}"
            build_data["force_include"][str(found)] = inside
