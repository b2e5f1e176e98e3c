# Functions on texts that several mappings share.

# The keywords that name a business model.
def models: [listed[] | ascii_downcase | gsub("[^a-z0-9]+"; "-")
  | select(. as $word | any("b2b", "b2c", "saas", "marketplace", "e-commerce", "api", "open-source",
                            "enterprise-software"; . == $word))];

# The tools that a text of a company says are its own to use, surely or perhaps. Without its own product:
# the tool is called as the company is, but for what companies put around their name in addresses.
def slug: ascii_downcase | gsub("[^a-z0-9]+"; "-");
def tools_of($company): ($company // "" | slug) as $name
  | ($name | sub("^(get|try|join|use)-?"; "") | sub("-?(labs|hq|inc|app|io|ai|com)$"; "")) as $short
  | technologies[] | select(.reading != "other" and .tool != $name and .tool != $short);

# The amount in a text, other than a valuation; of several the amount raised, or none. Ambiguous ones are
# left out, such as "$20" or an unknown unit.
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

# Whether a website may be a company's own by their names: a bought company's is often its buyer's.
def letters: . // "" | ascii_downcase | gsub("[^a-z0-9]+"; "");
def within($text): . as $part | ($part | length) > 2 and ($text | contains($part));
def is_site_of($name): (account // "" | split(".")[0] | letters) as $label | ($name | letters) as $letters
  | [$name // "" | ascii_downcase | splits("[^a-z0-9]+") | select(. != "" and . != "the")] as $words
  | $label != "" and $words != [] and ($label == $letters or ($label | within($letters))
    or ($words[0] | within($label)) or $label == ($words | map(.[:1]) | add));

# Whether a website that is shown as a company's is its owner's, a buyer's or a parent's: the owner shows
# the same one, or it is called like the owner and not like the company.
def is_called($name): (account // "" | split(".")[0] | letters) as $label
  | $label != "" and $label == ($name | letters);
def is_owners($name; $owner; $owner_site): . as $site | (account // null) as $own
  | $own != null and (is_called($name) and (is_called($owner) | not) | not)
    and (($owner_site | account // null) == $own
         or is_called($owner)
         or (is_site_of($owner) and (is_site_of($name) | not)));
