package peers;

import org.apache.avro.Schema;

/**
 * Positions of enum symbols in the schemas, by name: another symbol in a schema moves none of them.
 * They are read once, before the first input.
 */
final class Symbols {
  static int SERIES_A;
  static int SERIES_D;
  static int EQUITY;
  static int EXTENSION;
  static int OTHER_INSTRUMENT;
  static int CLOSED;
  static int HIRED;
  static int POSTED;
  static int SALES;
  static int SALES_DEVELOPMENT;
  static int HEAD;
  static int VICE_PRESIDENT;
  static int ADOPTED;
  static int DROPPED;
  static int EXPANSION;
  static int NEW_OFFICE;
  static int ACQUIRED;
  static int BANKRUPTCY;
  static int CLOSURE;
  static int LAYOFFS;
  static int DEMO_REQUEST;
  static int SIGN_UP;
  static int PRICING_PAGE;

  private Symbols() {}

  static void read(Schemas schemas) {
    Schema funding = schemas.input(Kind.FUNDING);
    SERIES_A = position(funding, "stage", "series_a");
    SERIES_D = position(funding, "stage", "series_d");
    EQUITY = position(funding, "instrument", "equity");
    EXTENSION = position(funding, "instrument", "extension");
    OTHER_INSTRUMENT = position(funding, "instrument", "other");
    Schema hiring = schemas.input(Kind.HIRING);
    POSTED = position(hiring, "action", "posted");
    CLOSED = position(hiring, "action", "closed");
    HIRED = position(hiring, "action", "hired");
    SALES = position(hiring, "function", "sales");
    SALES_DEVELOPMENT = position(hiring, "function", "sales_development");
    HEAD = position(hiring, "seniority", "head");
    VICE_PRESIDENT = position(hiring, "seniority", "vice_president");
    Schema technology = schemas.input(Kind.TECHNOLOGY);
    ADOPTED = position(technology, "action", "adopted");
    DROPPED = position(technology, "action", "dropped");
    Schema news = schemas.input(Kind.NEWS);
    EXPANSION = position(news, "kind", "expansion");
    NEW_OFFICE = position(news, "kind", "new_office");
    ACQUIRED = position(news, "kind", "acquired");
    BANKRUPTCY = position(news, "kind", "bankruptcy");
    CLOSURE = position(news, "kind", "closure");
    LAYOFFS = position(news, "kind", "layoffs");
    Schema engagement = schemas.input(Kind.ENGAGEMENT);
    DEMO_REQUEST = position(engagement, "kind", "demo_request");
    SIGN_UP = position(engagement, "kind", "sign_up");
    PRICING_PAGE = position(engagement, "kind", "pricing_page");
  }

  /** A demo request, a form or a sign-up: they stand side by side in the schema. */
  static boolean isInboundRequest(int engagement) {
    return engagement >= DEMO_REQUEST && engagement <= SIGN_UP;
  }

  private static int position(Schema record, String field, String symbol) {
    return record.getField(field).schema().getEnumOrdinal(symbol);
  }
}
