/** The words of the committee service for what committees and their members are; it takes no others. */
export const CATEGORIES = [
  "Ambassador",
  "Board",
  "Code of Conduct",
  "Committers",
  "Expert Group",
  "Finance Committee",
  "Government Advisory Council",
  "Legal Committee",
  "Maintainers",
  "Marketing Committee/Sub Committee",
  "Marketing Mailing List",
  "Marketing Oversight Committee/Marketing Advisory Committee",
  "Other",
  "Product Security",
  "Special Interest Group",
  "Technical Advisory Committee",
  "Technical Mailing List",
  "Technical Oversight Committee",
  "Technical Steering Committee",
  "Working Group",
] as const;

export const VISIBILITIES = ["hidden", "basic_profile"] as const;

export const APPOINTMENTS = [
  "Community",
  "Membership Entitlement",
  "Vote of End User Member Class",
  "Vote of TSC Committee",
  "Vote of TAC Committee",
  "Vote of Academic Member Class",
  "Vote of Lab Member Class",
  "Vote of Marketing Committee",
  "Vote of Governing Board",
  "Vote of General Member Class",
  "Vote of End User Committee",
  "Vote of TOC Committee",
  "Vote of Gold Member Class",
  "Vote of Silver Member Class",
  "Vote of Strategic Membership Class",
  "None",
] as const;

export const STATUSES = ["Active", "Inactive"] as const;

export const ROLES = [
  "Chair",
  "Developer Seat",
  "TAC/TOC Representative",
  "Director",
  "Lead",
  "None",
  "Secretary",
  "Technical Lead",
  "Treasurer",
  "Vice Chair",
  "LF Staff",
] as const;

export const VOTING_STATUSES = [
  "Alternate Voting Rep",
  "Observer",
  "Voting Rep",
  "Emeritus",
  "None",
] as const;
