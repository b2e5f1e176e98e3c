# What mappings of several vendors read in texts.

# Of keywords, those that say in so many words what a company sells and to whom.
def models: [listed[] | ascii_downcase | gsub("[^a-z0-9]+"; "-")
  | select(. as $word | any("b2b", "b2c", "saas", "marketplace", "e-commerce", "api", "open-source",
                            "enterprise-software"; . == $word))];

# The one sum that a text names, apart from a valuation; of several the one that is raised, or none.
# Left out is what it may not mean: "$20" or a size that is not known.
def sign: "[$€£¥￥₹₩₪₺₦₫₱₽₴฿]";
def size: "thousand|million|billion|trillion|crores?|lakhs?|lacs?|mln|mio|mrd|bln|mm|mn|bn|tn|cr|k|m|b";
def sums: . as $text
  | match("(up to )?((USD?|CAD|AUD|NZD|HKD|SGD|TWD|MXN|BRL|CNY|RMB) ?)?[a-z]{0,3}\(sign) ?([0-9]{1,3}([.,][0-9]{1,2})?( ?[-–—] ?| to )[a-z]{0,3}\(sign)? ?)?([0-9]([0-9.,]*[0-9])?[ -]?(\(size))\\b|([0-9]{1,3}(,[0-9]{2,3})*,[0-9]{3}|[0-9]{1,3}([.][0-9]{3}){2,}|[0-9]{4,})([.][0-9]{1,2})?\\b)( ?(USD|CAD|AUD|NZD|HKD|SGD|TWD|MXN|BRL|CNY|RMB)\\b)?"; "gi")
  | {sum: .string, before: $text[:.offset], after: $text[.offset + .length:]}
  | select(.after | test("^ ?[a-z]*(illion|illiard|crore|lakh|thousand)|^[+]?( (pre|post)[- ]money)? valuation"; "i") | not)
  | select((.before | test("(valuation (of|at)|valued at|worth)( [a-z]+){0,2} $"; "i") | not)
           or (.before | test("(deal|sale|acquisition|transaction|investment)[a-z ,]* (valued at|worth)( [a-z]+){0,2} $"; "i")));
def money: [strings | sums]
  | if length > 1 then map(select(.before | endswith("(") | not)) else . end
  | if length > 1 then
      map(select(.before | test("\\b(raise[sd]?|raising|secure[sd]?|securing|close[sd]?|closing|land(s|ed|ing)?)\\b[^\(sign[1:-1])]*$"; "i")))
    else . end
  | if length == 1 then .[0].sum else null end;
