//! The signs and names of currencies.

/// The currency of a text: ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Nothing,
    Code(&'static str),
    /// A sign that several currencies share; holds the most common of them.
    Shared(&'static str),
    /// An unknown sign, or two that contradict each other.
    Unclear,
}

/// Signs and names of currencies beside ISO codes. If one ends with another, the longer comes first.
pub(super) const SIGNS: &[(&str, Said)] = &[
    ("U.S. dollars", Said::Code("USD")),
    ("US dollars", Said::Code("USD")),
    ("dollars", Said::Shared("USD")),
    ("euros", Said::Code("EUR")),
    ("euro", Said::Code("EUR")),
    ("pounds", Said::Code("GBP")),
    ("rupees", Said::Code("INR")),
    ("US $", Said::Code("USD")),
    ("US$", Said::Code("USD")),
    ("AU$", Said::Code("AUD")),
    ("CA$", Said::Code("CAD")),
    ("HK$", Said::Code("HKD")),
    ("NZ$", Said::Code("NZD")),
    ("NT$", Said::Code("TWD")),
    ("MX$", Said::Code("MXN")),
    ("SG$", Said::Code("SGD")),
    ("A$", Said::Code("AUD")),
    ("C$", Said::Code("CAD")),
    ("R$", Said::Code("BRL")),
    ("S$", Said::Code("SGD")),
    ("$", Said::Shared("USD")),
    ("€", Said::Code("EUR")),
    ("£", Said::Code("GBP")),
    ("¥", Said::Shared("JPY")),
    ("￥", Said::Shared("JPY")),
    ("₹", Said::Code("INR")),
    ("₩", Said::Code("KRW")),
    ("₪", Said::Code("ILS")),
    ("₺", Said::Code("TRY")),
    ("₦", Said::Code("NGN")),
    ("₫", Said::Code("VND")),
    ("₱", Said::Code("PHP")),
    ("₽", Said::Code("RUB")),
    ("₴", Said::Code("UAH")),
    ("฿", Said::Code("THB")),
    ("zł", Said::Code("PLN")),
    ("Kč", Said::Code("CZK")),
    ("Rs.", Said::Code("INR")),
    ("Rs", Said::Code("INR")),
    ("RMB", Said::Code("CNY")),
    // Crowns of Sweden, Norway, Denmark or Iceland.
    ("kr.", Said::Unclear),
    ("kr", Said::Unclear),
];
