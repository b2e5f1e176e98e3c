package peers;

/** Kinds of signals, named like their schemas. */
enum Kind {
  FUNDING,
  HIRING,
  HEADCOUNT,
  TECHNOLOGY,
  NEWS,
  ENGAGEMENT;

  static final Kind[] ALL = values();

  final String schema = name().toLowerCase();
}
