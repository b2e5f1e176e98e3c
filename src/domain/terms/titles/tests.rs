//! Tables of invented titles, by the kind of mistake that they guard against.

use super::*;
use crate::domain::terms::catalogue::{Function as F, Seniority as S};

fn check(table: &[(&str, F, S)]) {
    let read = table.iter().map(|(title, ..)| (*title, classify(title)));
    let wrong = read.zip(table).filter(|((_, found), (_, f, s))| *found != (*f, *s));
    let wrong: Vec<_> = wrong.map(|(read, _)| read).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn titles_say_function_and_seniority() {
    check(&[
        ("Head of Growth", F::Growth, S::Head),
        ("Sales Development Representative (SDR)", F::SalesDevelopment, S::Individual),
        ("VP of Sales, EMEA", F::Sales, S::VicePresident),
        ("Senior Manager, Revenue Operations", F::RevenueOperations, S::Manager),
        ("Senior Product Manager", F::Product, S::Senior),
        ("Account Executive (Hunter Role – Live Events)", F::Sales, S::Individual),
        ("Staff Software Engineer", F::Engineering, S::Lead),
        ("Director, Channel Marketing", F::Marketing, S::Director),
        ("Developer, Backend", F::Engineering, S::Individual),
        ("Product Manager", F::Product, S::Individual),
        ("Chief Revenue Officer", F::Sales, S::CLevel),
        ("Marketing Intern", F::Marketing, S::Intern),
        ("International Tax Accountant", F::Finance, S::Individual),
        ("Head of Commercial Legal", F::Legal, S::Head),
        ("Director, People Business Partner (Sales & GTM)", F::People, S::Director),
        ("Sales Recruiter", F::People, S::Individual),
        ("Partner Success Director - Commercial Accounts", F::CustomerSuccess, S::Director),
        ("Zookeeper", F::Other, S::Individual),
        ("Business Development Lead to the CEO", F::Sales, S::Lead),
        ("Head of Revenue", F::Sales, S::Head),
        ("SVP, Revenue", F::Sales, S::VicePresident),
        ("VP, Global Revenue", F::Sales, S::VicePresident),
        ("Head of Revenue Cycle Management", F::Finance, S::Head),
        ("Head of GTM (Path to COO)", F::Sales, S::Head),
        ("Founding GTM Lead", F::Sales, S::Lead),
        ("GTM Engineer", F::RevenueOperations, S::Individual),
        ("Head of Sales Enablement", F::RevenueOperations, S::Head),
        ("Senior Data Scientist I, GTM", F::Data, S::Senior),
        ("Account Executive - Growth", F::Sales, S::Individual),
        ("Member of Technical Staff (Summer Intern)", F::Engineering, S::Intern),
        ("Account Executive, GTM Strategy", F::Sales, S::Individual),
        ("Founding AE", F::Sales, S::Individual),
        ("VP Marketing & Sales", F::Sales, S::VicePresident),
        ("Senior Director Demand Generation", F::Marketing, S::Director),
        ("Head of Partnerships", F::Other, S::Head),
        ("Junior Partnerships", F::Other, S::Junior),
        ("Channel Sales & Partnerships Manager", F::Sales, S::Manager),
        ("Assistant Vice President, Operations", F::Operations, S::Individual),
        ("Regional Sales Mgr", F::Sales, S::Manager),
        ("Senior - Staff Platform Engineer", F::Engineering, S::Lead),
        ("Software Engineer (Senior)", F::Engineering, S::Senior),
        ("Director Sales Engineers", F::Sales, S::Director),
        // Who leads engineers does not lead sales.
        ("Sr. Director of Solutions Engineering", F::Engineering, S::Director),
        ("VP, Solution Engineering", F::Engineering, S::VicePresident),
        ("Head of Pre-Sales Engineering", F::Engineering, S::Head),
        ("Solutions Engineer", F::Sales, S::Individual),
    ]);
}

#[test]
fn what_somebody_is_comes_before_what_it_is_for() {
    check(&[
        ("Director, Sales and Use Tax", F::Finance, S::Director),
        ("Head of Sales Ledger", F::Finance, S::Head),
        ("VP Platform Engineering, Sales Hub", F::Engineering, S::VicePresident),
        ("Engineering Manager - Revenue Tools", F::Engineering, S::Manager),
        ("Director of Product, Sales Cloud", F::Product, S::Director),
        ("Head of Data Science - Sales Forecasting", F::Data, S::Head),
        ("Android Developer, Marketing", F::Engineering, S::Individual),
        ("Senior Webflow Developer & CRO Specialist", F::Engineering, S::Senior),
        ("Controller (Sales Organisation)", F::Finance, S::Individual),
        ("Recruiter for Sales", F::People, S::Individual),
        ("Marketing - Illustrator", F::Design, S::Individual),
        ("Sales: Head of Iberia", F::Sales, S::Head),
        ("Head of Partnerships & Channel Sales", F::Sales, S::Head),
        ("Senior Helpdesk Engineer", F::Support, S::Senior),
    ]);
}

#[test]
fn trades_places_and_agencies_do_not_sell() {
    check(&[
        ("Head Butcher - Khalifa City, AE", F::Other, S::Head),
        ("Sous Chef - Doha (AE Hospitality)", F::Other, S::Individual),
        ("Maintenance Electrician | Jebel Ali | AE", F::Other, S::Individual),
        ("Account Executive - Dubai, AE", F::Sales, S::Individual),
        ("Senior Enterprise AE", F::Sales, S::Senior),
        ("Head of Commercial Laundry", F::Other, S::Head),
        ("Head of Commercial Zamboni", F::Other, S::Head),
        ("Head of Commercial, Benelux", F::Sales, S::Head),
        ("Commercial Roofing Estimator", F::Other, S::Individual),
        ("Director of Commercial Lending", F::Finance, S::Director),
        ("Outbound Packer", F::SupplyChain, S::Individual),
        ("Outbound Dock Supervisor", F::SupplyChain, S::Manager),
        ("Outbound Collections Specialist", F::Finance, S::Individual),
        ("Head of Outbound", F::SalesDevelopment, S::Head),
        ("Mortgage Closer", F::Finance, S::Individual),
        ("Closer (remote)", F::Sales, S::Individual),
        ("Property Developer", F::Other, S::Individual),
        ("New Business Developer", F::Sales, S::Individual),
        ("Clinical Research Coordinator III - CRO", F::Research, S::Individual),
        ("Director, CRO Oversight", F::Research, S::Director),
        ("CRO Vendor Manager", F::Other, S::Manager),
        ("Biostatistician (CRO)", F::Research, S::Individual),
        ("Bookkeeper - Outbound Agency", F::Finance, S::Individual),
        ("Supervisor, Sales Agency", F::Other, S::Manager),
        ("SDR & RF Engineer", F::Engineering, S::Individual),
        ("MDR Analyst", F::Security, S::Individual),
    ]);
}

#[test]
fn whose_title_it_is_not_counts_for_nothing() {
    check(&[
        ("Executive Assistant to the VP Sales", F::Operations, S::Individual),
        ("Executive Assistant (to CEO) & Office Manager", F::Operations, S::Manager),
        ("Assistant to the Chief Revenue Officer", F::Operations, S::Individual),
        ("VP of Sales Personal Assistant", F::Operations, S::Individual),
        ("Chief of Staff to the CRO", F::Operations, S::Lead),
        ("Founder's Associate (Sales)", F::Operations, S::Junior),
        ("Chief Sales Officer Associate", F::Sales, S::Junior),
        ("Chief Growth Officer Trainee", F::Growth, S::Intern),
        ("Founders’ Office", F::Operations, S::Individual),
        ("CEO Office Manager", F::Operations, S::Manager),
        ("Ex-Founder", F::Other, S::Individual),
        ("Ex Technical Founder", F::Engineering, S::Individual),
        ("Ex-Acme Founder", F::Other, S::Individual),
        ("Ex-Acme Engineer", F::Engineering, S::Individual),
        ("Founder in Residence", F::Other, S::Individual),
        ("Former CRO, now Advisor", F::Other, S::Individual),
        ("Founder Success Lead", F::CustomerSuccess, S::Lead),
        ("Sales Lead (reports to CRO)", F::Sales, S::Lead),
    ]);
}

#[test]
fn abbreviations_count_with_dots_and_without() {
    check(&[
        ("V.P. Sales", F::Sales, S::VicePresident),
        ("S.V.P. of Revenue", F::Sales, S::VicePresident),
        ("Area VP, Public Sector Sales", F::Sales, S::VicePresident),
        ("C.R.O.", F::Sales, S::CLevel),
        ("CRO", F::Sales, S::CLevel),
        ("CRO - Chief Risk Officer", F::Finance, S::CLevel),
        ("President & CRO", F::Executive, S::CLevel),
        ("CMO", F::Marketing, S::CLevel),
        ("C.I.S.O.", F::Security, S::CLevel),
        ("CHRO", F::People, S::CLevel),
        ("C.F.O. & Co-Founder", F::Finance, S::CLevel),
        ("ADR - Remote", F::SalesDevelopment, S::Individual),
        ("Sr. BDR", F::SalesDevelopment, S::Senior),
        ("MDR", F::SalesDevelopment, S::Individual),
        ("SDR/BDR Manager", F::SalesDevelopment, S::Manager),
        ("VP, Sales &#38; Partnerships", F::Sales, S::VicePresident),
        ("Head&nbsp;of&nbsp;RevOps", F::RevenueOperations, S::Head),
        ("ＳＤＲ", F::SalesDevelopment, S::Individual),
    ]);
}

#[test]
fn titles_are_read_in_seven_languages() {
    check(&[
        ("Leiter Vertrieb (m/w/d)", F::Sales, S::Head),
        ("Gebietsverkaufsleiterin Süd", F::Sales, S::Head),
        ("Sachbearbeiter:in Vertriebsinnendienst", F::Sales, S::Individual),
        ("Geschäftsführer Vertrieb", F::Sales, S::CLevel),
        ("Leiter Vertriebscontrolling", F::RevenueOperations, S::Head),
        ("Küchenchef (m/w/d)", F::Other, S::Individual),
        ("Lagerleiter", F::SupplyChain, S::Head),
        ("Vice-président des ventes", F::Sales, S::VicePresident),
        ("Directeur Commercial Grande Distribution", F::Sales, S::Director),
        ("Ingénieur d'affaires (H/F)", F::Sales, S::Individual),
        ("Chef de cuisine", F::Other, S::Head),
        ("Chef des ventes", F::Sales, S::Head),
        ("Stage - Assistant Marketing", F::Marketing, S::Intern),
        ("Jefa de Ventas", F::Sales, S::Head),
        ("Ejecutivo/a de Cuentas", F::Sales, S::Individual),
        ("Jefe de Cocina", F::Other, S::Head),
        ("Verkoopleider Benelux", F::Sales, S::Head),
        ("Hoofd Marketing en Communicatie", F::Marketing, S::Head),
        ("Direttrice Commerciale Estero", F::Sales, S::Director),
        ("Responsabile Marketing", F::Marketing, S::Manager),
        ("Diretor de Vendas", F::Sales, S::Director),
        ("Analista de Operações de Receita", F::RevenueOperations, S::Individual),
    ]);
}

#[test]
fn lines_of_ones_own_come_on_top() {
    let own = Titles::with("is\tsales\t-\tGrowth Captain\nfield\tsales\t-\tpartnerships").unwrap();
    assert_eq!(own.classify("Senior Growth Captain"), (F::Sales, S::Senior));
    assert_eq!(own.classify("Head of Partnerships"), (F::Sales, S::Head));
    assert_eq!(classify("Head of Partnerships"), (F::Other, S::Head));
    let refused = Titles::with("is\tsale\t-\tcloser").unwrap_err();
    assert!(refused.starts_with("line 1: invalid function: \"sale\""), "{refused}");
}

#[test]
fn the_shipped_table_means_one_thing_by_each_phrase() {
    let table = Table::default().read(SHIPPED).unwrap();
    assert!(table.0.len() > 2_000, "{}", table.0.len());
    let said = |function| {
        table.0.values().any(|meaning| {
            let head = meaning.head.and_then(|head| head.function);
            meaning.field.or(head).is_some_and(|purpose| purpose.function == function)
        })
    };
    use strum::IntoEnumIterator;
    for function in F::iter() {
        assert!(said(function), "{function}");
    }
}

fn phrases() -> Vec<String> {
    Table::default().read(SHIPPED).unwrap().0.into_keys().collect()
}

proptest::proptest! {
    #[test]
    fn how_a_title_is_set_does_not_count(
        known in proptest::collection::vec(proptest::sample::select(phrases()), 0..5),
        other in "\\PC{0,40}",
        apart in proptest::sample::select(vec![", ", " – ", " | ", "; "]),
    ) {
        let _any_text_is_some_title = classify(&other);
        let title = known.join(apart);
        let found = classify(&title);
        proptest::prop_assert_eq!(classify(&title.to_uppercase()), found);
        proptest::prop_assert_eq!(classify(&title.replace(' ', "\u{a0}")), found);
        proptest::prop_assert_eq!(classify(&title.replace('&', "&amp;")), found);
        proptest::prop_assert_eq!(classify(&known.join(" | ")), found);
        proptest::prop_assert_eq!(classify(&format!("{title} (m/w/d)")), found);
    }
}
