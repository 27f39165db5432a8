# Both base images of docker/Dockerfile without a registry: from a Debian that debootstrap has made, Debian's packages,
# and Spark as PyPI has it. docker/check.sh builds it where the official images cannot be pulled.
ARG DEBIAN_IMAGE=nsvq-debian:bookworm

FROM ${DEBIAN_IMAGE} AS jdk
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jdk-headless curl unzip \
    && rm -rf /var/lib/apt/lists/*

FROM ${DEBIAN_IMAGE} AS spark
ARG SPARK_VERSION=4.1.4
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless python3 python3-pip procps tini \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /usr/lib/jvm/java-17-openjdk-* /opt/java \
    && groupadd --system --gid 185 spark && useradd --system --uid 185 --gid spark -d /nonexistent spark
# The package has the distribution's bin, jars and sbin; pyspark itself goes where the distribution has it.
RUN pip3 download --quiet --no-deps --no-binary :all: --no-build-isolation -d /tmp "pyspark==$SPARK_VERSION" \
    && mkdir -p /tmp/s /opt/spark/python && tar -xf /tmp/pyspark-*.tar.gz -C /tmp/s --strip-components=1 \
    && mv /tmp/s/deps/bin /tmp/s/deps/sbin /tmp/s/deps/jars /opt/spark/ \
    && mv /tmp/s/pyspark /opt/spark/python/ && mv /tmp/s/lib /opt/spark/python/ \
    && mkdir -p /opt/spark/work-dir && chown -R spark:spark /opt/spark && rm -rf /tmp/s /tmp/pyspark-*.tar.gz
ENV JAVA_HOME=/opt/java SPARK_HOME=/opt/spark
WORKDIR /opt/spark/work-dir
USER spark
