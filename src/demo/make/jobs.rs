//! Job titles of the made-up companies' posts.

pub(super) const LEADERS: &[&str] = &[
    "VP of Sales",
    "Head of Sales",
    "Chief Revenue Officer",
    "Sales Director",
    "Vice President, Sales",
    "Director of Sales",
    "VP of Sales, Mid-Market",
    "Head of Enterprise Sales",
    "Regional Sales Director",
    "Senior Vice President of Sales",
];

pub(super) const SELLERS: &[&str] = &[
    "Account Executive",
    "Senior Account Executive",
    "Sales Development Representative",
    "Enterprise Account Executive",
    "Business Development Representative",
    "Sales Manager",
    "Account Executive, Mid-Market",
    "Strategic Account Executive",
    "Inside Sales Representative",
    "Regional Sales Manager",
    "Commercial Account Executive",
    "Outbound Sales Development Representative",
    "Sales Representative",
    "Sales Development Manager",
];

pub(super) const REVENUE_OPERATIONS: &[&str] = &[
    "Head of Revenue Operations",
    "RevOps Manager",
    "Sales Operations Manager",
    "Revenue Operations Analyst",
    "Director of Revenue Operations",
    "Sales Operations Analyst",
];

/// Posts that say nothing about sales.
pub(super) const OTHERS: &[&str] = &[
    "Software Engineer",
    "Senior Backend Engineer",
    "Product Designer",
    "Data Analyst",
    "Customer Success Manager",
    "Financial Controller",
    "Office Manager",
    "Support Specialist",
    "Site Reliability Engineer",
    "Recruiter",
    "Warehouse Associate",
    "Product Manager",
    "Legal Counsel",
    "Marketing Manager",
    "Machine Learning Engineer",
    "Nurse Coordinator",
    "Head of Product",
    "Payroll Specialist",
    "Security Engineer",
    "Technical Writer",
    "Procurement Manager",
    "Frontend Developer",
    "Executive Assistant",
    "Facilities Technician",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::terms::catalogue::{Function, Seniority};
    use crate::domain::terms::titles::classify;

    /// The stories tell of a new head, of a team and of its operations: the titles have to say so.
    #[test]
    fn should_be_titles_of_what_the_stories_tell() {
        use Seniority::{CLevel, Director, Head, VicePresident};
        for title in LEADERS {
            let (function, seniority) = classify(title);
            assert_eq!(function, Function::Sales, "{title}");
            assert!(matches!(seniority, Head | Director | VicePresident | CLevel), "{title}");
        }
        for title in SELLERS {
            let (function, seniority) = classify(title);
            assert!(matches!(function, Function::Sales | Function::SalesDevelopment), "{title}");
            assert!(!matches!(seniority, Head | Director | VicePresident | CLevel), "{title}");
        }
        for title in REVENUE_OPERATIONS {
            assert_eq!(classify(title).0, Function::RevenueOperations, "{title}");
        }
        for title in OTHERS {
            assert!(!matches!(classify(title).0, Function::Sales | Function::RevenueOperations));
        }
    }
}
