package io.github.sparknsvq.core.kernel;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds the implementations of this package's interfaces that other modules bring. */
final class Services {
    private static final System.Logger LOG = System.getLogger(Services.class.getName());

    private Services() {}

    /** Returns the implementations of a service; one whose classes are missing is left out, with a warning. */
    static <T> List<T> load(Class<T> service) {
        List<T> found = new ArrayList<>();
        Iterator<T> services =
                ServiceLoader.load(service, service.getClassLoader()).iterator();
        boolean more = true;
        while (more) {
            try {
                more = services.hasNext();
                if (more) {
                    found.add(services.next());
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "an implementation of {0} does not load: {1}",
                        service.getName(),
                        e);
            }
        }
        return List.copyOf(found);
    }
}
