package io.github.sparknsvq.ml.spark;

import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Iterators that make each element when it is asked for, so that a task holds few of them at a time. */
public final class Iterators {
    private Iterators() {}

    /** Returns what a supplier gives, until it gives null. */
    public static <T> Iterator<T> untilNull(Supplier<? extends T> supplier) {
        return new Iterator<>() {
            private T next;
            private boolean ended;

            @Override
            public boolean hasNext() {
                if (next == null && !ended) {
                    next = supplier.get();
                    ended = next == null;
                }
                return next != null;
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                T result = next;
                next = null;
                return result;
            }
        };
    }

    /** Returns what a function makes of each element; those that it makes null of are left out. */
    public static <A, B> Iterator<B> map(Iterator<? extends A> elements, Function<A, ? extends B> function) {
        return untilNull(() -> {
            B result = null;
            while (result == null && elements.hasNext()) {
                result = function.apply(elements.next());
            }
            return result;
        });
    }

    /** Returns the elements of one iterator after the other; each is asked for when the one before it has ended. */
    public static <T> Iterator<T> flatten(Iterator<? extends Iterator<T>> iterators) {
        return new Iterator<>() {
            private Iterator<T> current = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                while (!current.hasNext() && iterators.hasNext()) {
                    current = iterators.next();
                }
                return current.hasNext();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return current.next();
            }
        };
    }
}
