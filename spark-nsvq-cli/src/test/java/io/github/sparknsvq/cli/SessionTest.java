package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class SessionTest {
    private static String named(SparkConf conf) {
        Session.name(conf, "train");
        return conf.get("spark.app.name");
    }

    @Test
    void anApplicationHasTheNameThatTheUserGaveOrThatOfItsCommand() {
        assertEquals("nsvq train", named(new SparkConf(false)));
        // what spark-submit sets without --name
        assertEquals("nsvq train", named(new SparkConf(false).setAppName(Nsvq.class.getName())));
        assertEquals("nightly", named(new SparkConf(false).setAppName("nightly")));
    }
}
