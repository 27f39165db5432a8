package io.github.sparknsvq.cli.report;

import java.io.StringWriter;
import java.util.regex.Pattern;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** Writes elements of a page that is well-formed XML, too; every text and attribute is escaped. */
final class Html {
    /** What no XML may hold, not even escaped. */
    private static final Pattern INVALID = Pattern.compile("[\\p{Cntrl}&&[^\n\t]]|\\p{Cs}|[\ufffe\uffff]");

    private final StringWriter page = new StringWriter();
    private final XMLStreamWriter to;

    Html() {
        try {
            // that of the JDK: the class path of Spark has another one, which differs with its version
            to = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(page);
            to.writeDTD("<!DOCTYPE html>");
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    /** Begins an element. */
    Html open(String element, String... namesAndValues) {
        try {
            to.writeStartElement(element);
            attributes(namesAndValues);
            return this;
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    /** Writes an element without contents. */
    Html empty(String element, String... namesAndValues) {
        try {
            to.writeEmptyElement(element);
            attributes(namesAndValues);
            return this;
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    /** Writes an element that holds a text. */
    Html leaf(String element, String text, String... namesAndValues) {
        return open(element, namesAndValues).text(text).close();
    }

    Html text(String text) {
        try {
            to.writeCharacters(valid(text));
            return this;
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    /** Ends the element that was opened last. */
    Html close() {
        try {
            to.writeEndElement();
            return this;
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    /** Returns the page, whose open elements are ended; nothing can be added after that. */
    String finish() {
        try {
            to.writeEndDocument();
            to.flush();
            return page.append('\n').toString();
        } catch (XMLStreamException e) {
            throw inMemory(e);
        }
    }

    private void attributes(String... namesAndValues) throws XMLStreamException {
        for (int i = 0; i < namesAndValues.length; i += 2) {
            to.writeAttribute(namesAndValues[i], valid(namesAndValues[i + 1]));
        }
    }

    private static String valid(String text) {
        return INVALID.matcher(text).replaceAll("\ufffd");
    }

    private static IllegalStateException inMemory(XMLStreamException e) {
        return new IllegalStateException("a page in memory takes what is written to it", e);
    }
}
