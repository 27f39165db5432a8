import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * A YARN of one resource manager and two node managers in one JVM, for yarn.sh, which runs it from its source.
 *
 * <pre>
 * MiniYarn start FOLDER            starts it, and writes what HADOOP_CONF_DIR needs; yarn-site.xml comes last
 * MiniYarn applications FOLDER     prints name, id, final status and attempts of each application that it ran
 * </pre>
 */
final class MiniYarn {
    private static final int WAIT_MILLIS = 60_000;

    private MiniYarn() {}

    public static void main(String[] args) {
        try {
            Path folder = Path.of(args[1]);
            switch (args[0]) {
                case "start" -> start(folder);
                case "applications" -> applications(folder);
                default -> throw new IllegalArgumentException(args[0]);
            }
        } catch (Throwable e) {
            e.printStackTrace();
            // threads of a cluster that is half started would keep this JVM
            System.exit(1);
        }
    }

    private static void start(Path folder) throws Exception {
        MiniYARNCluster cluster = new MiniYARNCluster("nsvq", 2, 1, 1);
        cluster.init(configuration());
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::stop));
        cluster.start();
        Configuration started = cluster.getConfig();
        long until = System.currentTimeMillis() + WAIT_MILLIS;
        // start() may return before the port is known
        while (!cluster.waitForNodeManagersToConnect(1_000)
                || started.get(YarnConfiguration.RM_ADDRESS).endsWith(":0")) {
            if (System.currentTimeMillis() > until) {
                throw new IllegalStateException("the node managers did not connect");
            }
        }
        Files.createDirectories(folder);
        Configuration files = new Configuration(false);
        files.set("fs.defaultFS", "file:///");
        write(files, folder.resolve("core-site.xml"));
        Path part = folder.resolve("yarn-site.part");
        write(started, part);
        Files.move(part, folder.resolve("yarn-site.xml"));
        Thread.currentThread().join();
    }

    private static YarnConfiguration configuration() {
        YarnConfiguration settings = new YarnConfiguration();
        settings.set("fs.defaultFS", "file:///");
        settings.setInt("yarn.scheduler.minimum-allocation-mb", 128);
        // a machine whose disk is nearly full is well enough for this
        settings.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100");
        settings.setBoolean("yarn.nodemanager.vmem-check-enabled", false);
        // the queue that capacity-scheduler.xml has in a distribution; the minicluster's jar is without this file
        String queue = "yarn.scheduler.capacity.root.default.";
        settings.set("yarn.scheduler.capacity.root.queues", "default");
        settings.set(queue + "capacity", "100");
        settings.set(queue + "maximum-capacity", "100");
        settings.set(queue + "user-limit-factor", "1");
        settings.set(queue + "state", "RUNNING");
        settings.set(queue + "acl_submit_applications", "*");
        settings.set(queue + "acl_administer_queue", "*");
        settings.set("yarn.scheduler.capacity.maximum-am-resource-percent", "1");
        settings.set("yarn.scheduler.capacity.node-locality-delay", "-1");
        return settings;
    }

    private static void write(Configuration settings, Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            settings.writeXml(out);
        }
    }

    private static void applications(Path folder) throws Exception {
        YarnConfiguration settings = new YarnConfiguration();
        settings.addResource(Files.newInputStream(folder.resolve("core-site.xml")));
        settings.addResource(Files.newInputStream(folder.resolve("yarn-site.xml")));
        try (YarnClient client = YarnClient.createYarnClient()) {
            client.init(settings);
            client.start();
            for (ApplicationReport each : ended(client)) {
                System.out.printf(
                        "%s\t%s\t%s\t%d%n",
                        each.getName(),
                        each.getApplicationId(),
                        each.getFinalApplicationStatus(),
                        client.getApplicationAttempts(each.getApplicationId()).size());
            }
        }
    }

    /** All applications, when each has ended: its final status is UNDEFINED until then. */
    private static List<ApplicationReport> ended(YarnClient client)
            throws IOException, YarnException, InterruptedException {
        long until = System.currentTimeMillis() + WAIT_MILLIS;
        while (true) {
            List<ApplicationReport> all = client.getApplications();
            boolean done = all.stream()
                    .noneMatch(each -> each.getFinalApplicationStatus() == FinalApplicationStatus.UNDEFINED);
            if (done || System.currentTimeMillis() > until) {
                return all;
            }
            Thread.sleep(500);
        }
    }
}
