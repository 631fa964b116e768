// Made from tools.ts by `npm run generate`; not to be edited.
import type { ToolDefinition } from "../../mcp/tool-definition.ts";

export const CARDS: readonly ToolDefinition[] = [
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_projects",
      "title": "Search Projects",
      "description": "Find projects of the Linux Foundation by name, or those below a parent project. Use it first wherever another tool asks for a project's uid. name: words the project's name or alias begins with. parent_uid: uid of the project or foundation above. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the project's name or an alias begins with."
          },
          "parent_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project or foundation above."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, slug, name, description, public, is_foundation, parent_uid, stage, category, funding, funding_model, charter_url, legal_entity_type, legal_entity_name, legal_parent_uid, entity_dissolution_date, entity_formation_document_url, autojoin_enabled, formation_date, logo_url, repository_url, website_url, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_project",
      "title": "Get Project",
      "description": "Read one project with its settings: mission, announcement date, and the people who run it. Use it when the uid is known; search_projects finds it. Settings that the caller may not see are left out, with a warning. uid: the project's uid, not its slug.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The project's uid (a UUID), not its slug."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "base": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, slug, name, description, public, is_foundation, parent_uid, stage, category, funding, funding_model, charter_url, legal_entity_type, legal_entity_name, legal_parent_uid, entity_dissolution_date, entity_formation_document_url, autojoin_enabled, formation_date, logo_url, repository_url, website_url, created_at, updated_at."
          },
          "settings": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, mission_statement, announcement_date, writers, meeting_coordinators, auditors, executive_director, program_manager, opportunity_owner, created_at, updated_at."
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "base"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_committees",
      "title": "Search Committees",
      "description": "Find committees by name, or those of a project: boards, councils, working groups and the like. Use it first wherever another tool asks for the uid of a committee, which is data.uid of a row. How many members a committee has is not told; search_committee_members lists them. name: words the committee's name or display name begins with. project_uid: uid of the project, without those below it. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the committee's name or display name begins with."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the committees belong to; those of projects below it are not found."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, project_uid, name, category, description, website, mailing_list, chat_channel, enable_voting, sso_group_enabled, requires_review, public, calendar, display_name, parent_uid, join_mode, project_name, sso_group_name, total_voting_repos, has_mailing_list, project_slug, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_committee",
      "title": "Get Committee",
      "description": "Read one committee with its settings: what it is for, how one joins it, where it talks, and who may edit or audit it. Use it when the uid is known; search_committees finds it. Settings that the caller may not see are left out, with a warning. uid: the committee's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The committee's uid: data.uid of search_committees."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "base": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, project_uid, name, category, description, website, mailing_list, chat_channel, enable_voting, sso_group_enabled, requires_review, public, calendar, display_name, parent_uid, join_mode, project_name, sso_group_name, total_voting_repos, has_mailing_list."
          },
          "settings": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, business_email_required, last_reviewed_at, last_reviewed_by, member_visibility, show_meeting_attendees, writers, auditors, created_at, updated_at."
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "base"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_committee_members",
      "title": "Search Committee Members",
      "description": "Find members of committees, with role, voting status, organization and e-mail. Use it to see who is on a committee, or on which committees of a project a person sits: there is one row for each seat. Of what is given, everything must hold. committee_uid: the committee's uid. project_uid: uid of the committees' project. name: words that the person's first, last or user name or the committee's name begins with. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the person's first, last or user name or the committee's name begins with."
          },
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee: data.uid of search_committees."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the committees belong to."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, committee_uid, committee_name, committee_category, username, email, first_name, last_name, job_title, linkedin_profile, role, appointed_by, status, voting, organization, created_at, updated_at, project_uid, project_slug."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_committee_member",
      "title": "Get Committee Member",
      "description": "Read one member of a committee: person, role, voting status, how appointed, organization. Use it when both uids are known; search_committee_members tells them as data.committee_uid and data.uid. committee_uid: the committee's uid. member_uid: uid of the member; it must be on that committee.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee: data.committee_uid of search_committee_members."
          },
          "member_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the member: data.uid of search_committee_members."
          }
        },
        "required": [
          "committee_uid",
          "member_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, committee_uid, committee_name, committee_category, username, email, first_name, last_name, job_title, linkedin_profile, role, appointed_by, status, voting, organization, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "write",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "create_committee",
      "title": "Create Committee",
      "description": "Create a committee under a project. Use it when the user asks for a new committee; people join it by invitation, and create_committee_member adds them. Searches find it a moment later. What is not given is false, hidden or empty. project_uid: uid of the project. name: up to 100 characters, unique within the project. category: a word of the platform, such as Board, Working Group or Technical Steering Committee. description: up to 2000 characters. website: with https://. enable_voting: true or false. sso_group_enabled: true or false. requires_review: true or false. public: true or false, whether everybody may see it. calendar_public: the same of its calendar. display_name: up to 100 characters. parent_uid: uid of the committee above. business_email_required: true or false. member_visibility: hidden or basic_profile, what members see of each other. show_meeting_attendees: true or false.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the committee belongs to."
          },
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name, unique within the project; up to 100 characters."
          },
          "category": {
            "type": "string",
            "enum": [
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
              "Working Group"
            ],
            "description": "What kind of committee it is. One of: Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, Legal Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight Committee/Marketing Advisory Committee, Other, Product Security, Special Interest Group, Technical Advisory Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group."
          },
          "description": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "description": "What the committee is for; up to 2000 characters."
          },
          "website": {
            "type": "string",
            "maxLength": 2000,
            "pattern": "^https?:\\/\\/[^\\s/$.?#]\\S+$",
            "format": "uri",
            "description": "Web address of the committee, with https://."
          },
          "enable_voting": {
            "description": "Whether the committee votes.",
            "type": "boolean"
          },
          "sso_group_enabled": {
            "description": "Whether a single sign-on group is kept for it.",
            "type": "boolean"
          },
          "requires_review": {
            "description": "Whether the committee is to be reviewed.",
            "type": "boolean"
          },
          "public": {
            "description": "Whether everybody may see the committee.",
            "type": "boolean"
          },
          "calendar_public": {
            "description": "Whether everybody may see its calendar.",
            "type": "boolean"
          },
          "display_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name for display; up to 100 characters."
          },
          "parent_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee above it."
          },
          "business_email_required": {
            "description": "Whether members need an e-mail address of their company.",
            "type": "boolean"
          },
          "member_visibility": {
            "type": "string",
            "enum": [
              "hidden",
              "basic_profile"
            ],
            "description": "What members see of each other's profiles. One of: hidden, basic_profile."
          },
          "show_meeting_attendees": {
            "description": "Whether its meetings show who attends, by default.",
            "type": "boolean"
          }
        },
        "required": [
          "project_uid",
          "name",
          "category"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, project_uid, name, category, description, website, mailing_list, chat_channel, enable_voting, sso_group_enabled, requires_review, public, calendar, display_name, parent_uid, join_mode, project_name, sso_group_name, total_voting_repos, has_mailing_list, business_email_required, last_reviewed_at, last_reviewed_by, member_visibility, show_meeting_attendees, writers, auditors, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": false,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "update",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "update_committee",
      "title": "Update Committee",
      "description": "Change a committee; what is left out stays as it is, and at least one thing must be given. Use it when the user asks for such a change; update_committee_settings changes the settings. Nothing can be emptied. uid: the committee's uid. project_uid: uid of the project it moves to. name: up to 100 characters. category: a word of the platform, such as Board, Working Group or Technical Steering Committee. description: up to 2000 characters. website: with https://. enable_voting: true or false. sso_group_enabled: true or false. requires_review: true or false. public: true or false, whether everybody may see it. calendar_public: the same of its calendar. display_name: up to 100 characters. parent_uid: uid of the committee above.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The committee's uid: data.uid of search_committees."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the committee belongs to."
          },
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name, unique within the project; up to 100 characters."
          },
          "category": {
            "type": "string",
            "enum": [
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
              "Working Group"
            ],
            "description": "What kind of committee it is. One of: Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, Legal Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight Committee/Marketing Advisory Committee, Other, Product Security, Special Interest Group, Technical Advisory Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group."
          },
          "description": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "description": "What the committee is for; up to 2000 characters."
          },
          "website": {
            "type": "string",
            "maxLength": 2000,
            "pattern": "^https?:\\/\\/[^\\s/$.?#]\\S+$",
            "format": "uri",
            "description": "Web address of the committee, with https://."
          },
          "enable_voting": {
            "description": "Whether the committee votes.",
            "type": "boolean"
          },
          "sso_group_enabled": {
            "description": "Whether a single sign-on group is kept for it.",
            "type": "boolean"
          },
          "requires_review": {
            "description": "Whether the committee is to be reviewed.",
            "type": "boolean"
          },
          "public": {
            "description": "Whether everybody may see the committee.",
            "type": "boolean"
          },
          "calendar_public": {
            "description": "Whether everybody may see its calendar.",
            "type": "boolean"
          },
          "display_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name for display; up to 100 characters."
          },
          "parent_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee above it."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, project_uid, name, category, description, website, mailing_list, chat_channel, enable_voting, sso_group_enabled, requires_review, public, calendar, display_name, parent_uid, join_mode, project_name, sso_group_name, total_voting_repos, has_mailing_list."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "update",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "update_committee_settings",
      "title": "Update Committee Settings",
      "description": "Change the settings of a committee; what is left out stays as it is, and at least one thing must be given. Use it when the user asks for such a change; update_committee changes all else. Who may edit or audit the committee cannot be changed here. uid: the committee's uid. business_email_required: true or false. member_visibility: hidden or basic_profile, what members see of each other. show_meeting_attendees: true or false.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The committee's uid: data.uid of search_committees."
          },
          "business_email_required": {
            "description": "Whether members need an e-mail address of their company.",
            "type": "boolean"
          },
          "member_visibility": {
            "type": "string",
            "enum": [
              "hidden",
              "basic_profile"
            ],
            "description": "What members see of each other's profiles. One of: hidden, basic_profile."
          },
          "show_meeting_attendees": {
            "description": "Whether its meetings show who attends, by default.",
            "type": "boolean"
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, business_email_required, last_reviewed_at, last_reviewed_by, member_visibility, show_meeting_attendees, writers, auditors, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "destructive",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "delete_committee",
      "title": "Delete Committee",
      "description": "Delete a committee with its settings, for good. Use it only when the user asks for just this deletion, after get_committee has shown that it is the right one. uid: the committee's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The committee's uid: data.uid of search_committees."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "write",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "create_committee_member",
      "title": "Create Committee Member",
      "description": "Add a member to a committee. Use it when the user names a person for a seat; search_committee_members shows who has one already. Some committees ask for an e-mail address of a company. committee_uid: the committee's uid. email: e-mail address. appointed_by: a word of the platform, such as Community, Membership Entitlement, Vote of Governing Board or None. status: Active or Inactive. first_name: up to 100 characters. last_name: up to 100 characters. job_title: up to 200 characters. linkedin_profile: address at linkedin.com, with https://. role: an object of name (Chair, Vice Chair, Secretary, Treasurer, Director, Lead, Technical Lead, TAC/TOC Representative, Developer Seat, LF Staff or None), start_date and end_date (2026-01-31). voting: an object of status (Voting Rep, Alternate Voting Rep, Observer, Emeritus or None, which a committee that votes does not take), start_date and end_date. organization: an object of name and website.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee."
          },
          "email": {
            "type": "string",
            "maxLength": 254,
            "format": "email",
            "pattern": "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
            "description": "E-mail address, which says who the person is; one seat each on a committee."
          },
          "appointed_by": {
            "type": "string",
            "enum": [
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
              "None"
            ],
            "description": "How the person came to the seat. One of: Community, Membership Entitlement, Vote of End User Member Class, Vote of TSC Committee, Vote of TAC Committee, Vote of Academic Member Class, Vote of Lab Member Class, Vote of Marketing Committee, Vote of Governing Board, Vote of General Member Class, Vote of End User Committee, Vote of TOC Committee, Vote of Gold Member Class, Vote of Silver Member Class, Vote of Strategic Membership Class, None."
          },
          "status": {
            "type": "string",
            "enum": [
              "Active",
              "Inactive"
            ],
            "description": "Whether the person is in office. One of: Active, Inactive."
          },
          "first_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "First name; up to 100 characters."
          },
          "last_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Last name; up to 100 characters."
          },
          "job_title": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Job title; up to 200 characters."
          },
          "linkedin_profile": {
            "type": "string",
            "maxLength": 2000,
            "pattern": "^https?:\\/\\/(?:[a-z]{2,3}\\.)?linkedin\\.com\\/\\S*$",
            "format": "uri",
            "description": "Address of the person's page at linkedin.com."
          },
          "role": {
            "description": "The role, and when it is held.",
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "enum": [
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
                  "LF Staff"
                ],
                "description": "The role. One of: Chair, Developer Seat, TAC/TOC Representative, Director, Lead, None, Secretary, Technical Lead, Treasurer, Vice Chair, LF Staff."
              },
              "start_date": {
                "description": "First day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              },
              "end_date": {
                "description": "Last day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              }
            },
            "required": [
              "name"
            ],
            "additionalProperties": false
          },
          "voting": {
            "description": "The voting status, and when it is held.",
            "type": "object",
            "properties": {
              "status": {
                "type": "string",
                "enum": [
                  "Alternate Voting Rep",
                  "Observer",
                  "Voting Rep",
                  "Emeritus",
                  "None"
                ],
                "description": "The voting status. One of: Alternate Voting Rep, Observer, Voting Rep, Emeritus, None."
              },
              "start_date": {
                "description": "First day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              },
              "end_date": {
                "description": "Last day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              }
            },
            "required": [
              "status"
            ],
            "additionalProperties": false
          },
          "organization": {
            "description": "The person's organization.",
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "description": "Name; up to 200 characters."
              },
              "website": {
                "type": "string",
                "maxLength": 2000,
                "pattern": "^https?:\\/\\/[^\\s/$.?#]\\S+$",
                "format": "uri",
                "description": "Web address, with https://."
              }
            },
            "additionalProperties": false
          }
        },
        "required": [
          "committee_uid",
          "email",
          "appointed_by",
          "status"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, committee_uid, committee_name, committee_category, username, email, first_name, last_name, job_title, linkedin_profile, role, appointed_by, status, voting, organization, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": false,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "update",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "update_committee_member",
      "title": "Update Committee Member",
      "description": "Change a member of a committee; what is left out stays as it is, and at least one thing must be given. Use it when the user asks for such a change. A role or a voting status is replaced with its dates, of an organization only what is given; nothing can be emptied. committee_uid: the committee's uid. member_uid: uid of the member. email: e-mail address. appointed_by: a word of the platform, such as Community, Membership Entitlement, Vote of Governing Board or None. status: Active or Inactive. first_name: up to 100 characters. last_name: up to 100 characters. job_title: up to 200 characters. linkedin_profile: address at linkedin.com, with https://. role: an object of name (Chair, Vice Chair, Secretary, Treasurer, Director, Lead, Technical Lead, TAC/TOC Representative, Developer Seat, LF Staff or None), start_date and end_date (2026-01-31). voting: an object of status (Voting Rep, Alternate Voting Rep, Observer, Emeritus or None, which a committee that votes does not take), start_date and end_date. organization: an object of name and website.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee."
          },
          "member_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the member: data.uid of search_committee_members."
          },
          "email": {
            "type": "string",
            "maxLength": 254,
            "format": "email",
            "pattern": "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
            "description": "E-mail address, which says who the person is; one seat each on a committee."
          },
          "appointed_by": {
            "type": "string",
            "enum": [
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
              "None"
            ],
            "description": "How the person came to the seat. One of: Community, Membership Entitlement, Vote of End User Member Class, Vote of TSC Committee, Vote of TAC Committee, Vote of Academic Member Class, Vote of Lab Member Class, Vote of Marketing Committee, Vote of Governing Board, Vote of General Member Class, Vote of End User Committee, Vote of TOC Committee, Vote of Gold Member Class, Vote of Silver Member Class, Vote of Strategic Membership Class, None."
          },
          "status": {
            "type": "string",
            "enum": [
              "Active",
              "Inactive"
            ],
            "description": "Whether the person is in office. One of: Active, Inactive."
          },
          "first_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "First name; up to 100 characters."
          },
          "last_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Last name; up to 100 characters."
          },
          "job_title": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Job title; up to 200 characters."
          },
          "linkedin_profile": {
            "type": "string",
            "maxLength": 2000,
            "pattern": "^https?:\\/\\/(?:[a-z]{2,3}\\.)?linkedin\\.com\\/\\S*$",
            "format": "uri",
            "description": "Address of the person's page at linkedin.com."
          },
          "role": {
            "description": "The role, and when it is held.",
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "enum": [
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
                  "LF Staff"
                ],
                "description": "The role. One of: Chair, Developer Seat, TAC/TOC Representative, Director, Lead, None, Secretary, Technical Lead, Treasurer, Vice Chair, LF Staff."
              },
              "start_date": {
                "description": "First day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              },
              "end_date": {
                "description": "Last day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              }
            },
            "required": [
              "name"
            ],
            "additionalProperties": false
          },
          "voting": {
            "description": "The voting status, and when it is held.",
            "type": "object",
            "properties": {
              "status": {
                "type": "string",
                "enum": [
                  "Alternate Voting Rep",
                  "Observer",
                  "Voting Rep",
                  "Emeritus",
                  "None"
                ],
                "description": "The voting status. One of: Alternate Voting Rep, Observer, Voting Rep, Emeritus, None."
              },
              "start_date": {
                "description": "First day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              },
              "end_date": {
                "description": "Last day: 2026-01-31.",
                "type": "string",
                "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                "format": "date"
              }
            },
            "required": [
              "status"
            ],
            "additionalProperties": false
          },
          "organization": {
            "description": "The person's organization.",
            "type": "object",
            "properties": {
              "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 200,
                "description": "Name; up to 200 characters."
              },
              "website": {
                "type": "string",
                "maxLength": 2000,
                "pattern": "^https?:\\/\\/[^\\s/$.?#]\\S+$",
                "format": "uri",
                "description": "Web address, with https://."
              }
            },
            "additionalProperties": false
          }
        },
        "required": [
          "committee_uid",
          "member_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, committee_uid, committee_name, committee_category, username, email, first_name, last_name, job_title, linkedin_profile, role, appointed_by, status, voting, organization, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "destructive",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "delete_committee_member",
      "title": "Delete Committee Member",
      "description": "Remove a member from a committee, for good; the person stays in LFX. Use it only when the user asks for just this removal. To keep the record of the seat, set status to Inactive with update_committee_member. committee_uid: the committee's uid. member_uid: uid of the member; it must be on that committee.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee."
          },
          "member_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the member: data.uid of search_committee_members."
          }
        },
        "required": [
          "committee_uid",
          "member_uid"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_mailing_lists",
      "title": "Search Mailing Lists",
      "description": "Find mailing lists by name, or those of a project. Use it first wherever another tool asks for a mailing list: data.uid of a row is what search_mailing_list_members takes, data.group_id what get_mailing_list takes. name: words the list's title or name begins with. project_uid: uid of the list's project. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the list's title or name begins with."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the lists belong to."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, group_id, group_name, title, description, type, public, audience_access, subscriber_count, committees, service_uid, project_uid, project_name, project_slug, subject_tag, url, flags, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_mailing_list_members",
      "title": "Search Mailing List Members",
      "description": "Find subscribers of mailing lists. Use it to see who is on a list, or on which lists of a project a person is. Of what is given, everything must hold. mailing_list_id: the list's uid, data.uid of search_mailing_lists. project_uid: uid of the lists' project. name: words the subscriber's name, user name or e-mail begins with. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the subscriber's name, user name or e-mail begins with."
          },
          "mailing_list_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The list's uid, as in data.uid of search_mailing_lists."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the lists belong to."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, mailing_list_uid, member_id, group_id, username, first_name, last_name, email, organization, job_title, member_type, delivery_mode, mod_status, status, committee_id, role, voting_status, project_uid, project_slug, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_mailing_list_service",
      "title": "Get Mailing List Service",
      "description": "Read one Groups.io service, which holds mailing lists of a project: its type, domain, prefix and status; not its settings. Use it when the uid is known, from service_uid or service_id of a mailing list. uid: the service's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The service's uid."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: id, project_uid, type, group_id, domain, prefix, status, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_mailing_list",
      "title": "Get Mailing List",
      "description": "Read one mailing list. Use it when its number at Groups.io is known; search_mailing_lists tells it as data.group_id. id: the list's number at Groups.io, such as 145670.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The list's number at Groups.io, such as 145670: data.group_id of search_mailing_lists."
          }
        },
        "required": [
          "id"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: id, project_uid, committee_uid, service_id, group_id, name, description, type, audience_access, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_mailing_list_member",
      "title": "Get Mailing List Member",
      "description": "Read one subscriber of a mailing list, with delivery mode and moderation status. Use it when both numbers at Groups.io are known; search_mailing_list_members tells them as data.group_id and data.member_id. mailing_list_id: the list's number at Groups.io, such as 145670. member_id: the subscriber's number there.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "mailing_list_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The list's number at Groups.io, such as 145670: data.group_id of search_mailing_lists."
          },
          "member_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The subscriber's number at Groups.io, such as 9876543: data.member_id of search_mailing_list_members."
          }
        },
        "required": [
          "mailing_list_id",
          "member_id"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: id, email, name, member_type, delivery_mode, mod_status, status, organization, job_title, username, role, voting_status, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_meetings",
      "title": "Search Meetings",
      "description": "Find scheduled meetings of projects and committees, single ones and series. Use it for what is planned; search_past_meetings finds what took place, and conferences and other events are not meetings: ask LFX Lens or the semantic layer for those, if there are tools for them. Of what is given, everything must hold. name: words the title begins with. project_uid: uid of the project. committee_uid: uid of the committee. date_from: the earliest, 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z. date_to: the latest, in the same forms; both are included. date_field: start_time (the default; of a series its first start, so an old series is not found by later dates), created_at or updated_at. sort: name_asc (the default), name_desc, updated_asc or updated_desc. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the meeting's title begins with."
          },
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of a committee that the meetings are for."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the meetings belong to."
          },
          "date_from": {
            "description": "Earliest: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.",
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}(?:T(?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2}))?$"
          },
          "date_to": {
            "description": "Latest: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.",
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}(?:T(?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2}))?$"
          },
          "date_field": {
            "description": "The field that date_from and date_to are compared with: start_time, created_at, updated_at; start_time if left out.",
            "type": "string",
            "enum": [
              "start_time",
              "created_at",
              "updated_at"
            ]
          },
          "sort": {
            "description": "Order; name_asc if left out.",
            "type": "string",
            "enum": [
              "name_asc",
              "name_desc",
              "updated_asc",
              "updated_desc"
            ]
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: id, project_uid, committee_uid, committees, title, description, visibility, meeting_type, start_time, timezone, duration, join_url, password, restricted, artifact_visibility, recording_enabled, transcript_enabled, recurrence, occurrences, cancelled_occurrences, zoom_config, organizers, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_meeting",
      "title": "Get Meeting",
      "description": "Read one scheduled meeting: when and how often, how to join it, for which committees, and its next occurrences. Use it when the id is known; search_meetings tells it as data.id. uid: the meeting's id, such as 91461158520.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The meeting's id, such as 91461158520: data.id of search_meetings."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "type": {
            "description": "Kind of the document.",
            "type": "string"
          },
          "id": {
            "description": "Key in the index, <type>:<id>.",
            "type": "string"
          },
          "data": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: id, project_uid, committee_uid, committees, title, description, visibility, meeting_type, start_time, timezone, duration, join_url, password, restricted, artifact_visibility, recording_enabled, transcript_enabled, recurrence, occurrences, cancelled_occurrences, zoom_config, organizers, created_at, updated_at."
          }
        }
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_meeting_registrants",
      "title": "Search Meeting Registrants",
      "description": "Find people who are registered for scheduled meetings. Use it to see who is invited to a meeting, or whom a committee brings to its meetings. Of what is given, everything must hold. meeting_id: data.id of search_meetings. committee_uid: uid of the committee that they were registered for. name: words their name, user name or e-mail begins with. sort: name_asc (the default), name_desc, updated_asc or updated_desc. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that their name, user name or e-mail begins with."
          },
          "meeting_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The meeting's id, such as 91461158520: data.id of search_meetings."
          },
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the committee that they were registered for."
          },
          "sort": {
            "description": "Order; name_asc if left out.",
            "type": "string",
            "enum": [
              "name_asc",
              "name_desc",
              "updated_asc",
              "updated_desc"
            ]
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, meeting_id, type, committee_uid, email, first_name, last_name, org_name, org_is_member, job_title, host, occurrence, username, last_invite_received_time, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_meeting_registrant",
      "title": "Get Meeting Registrant",
      "description": "Read one registrant of a scheduled meeting: person, organization, role, and how the last invitation went. Use it when the uid is known; search_meeting_registrants tells it as data.uid. uid: the registrant's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The registrant's uid: data.uid of search_meeting_registrants."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "type": {
            "description": "Kind of the document.",
            "type": "string"
          },
          "id": {
            "description": "Key in the index, <type>:<id>.",
            "type": "string"
          },
          "data": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, meeting_id, type, committee_uid, email, first_name, last_name, org_name, org_is_member, job_title, host, occurrence, username, last_invite_received_time, created_at, updated_at."
          }
        }
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_past_meetings",
      "title": "Search Past Meetings",
      "description": "Find meetings that took place: of a series, each occurrence is a row. Use it to find one, or to see how often people met; data.meeting_and_occurrence_id is what the tools for past meetings take. Of what is given, everything must hold. name: words the title begins with. project_uid: uid of the project. committee_uid: uid of the committee. meeting_id: id of the scheduled meeting, for its occurrences. date_from: the earliest, 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z. date_to: the latest, in the same forms; both are included. date_field: start_time (the default), end_time, created_at or updated_at. sort: name_asc (the default), name_desc, updated_asc or updated_desc. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the meeting's title begins with."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that the meetings belong to."
          },
          "committee_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of a committee that the meetings were for."
          },
          "meeting_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Id of the scheduled meeting, such as 91461158520: data.id of search_meetings."
          },
          "date_from": {
            "description": "Earliest: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.",
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}(?:T(?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2}))?$"
          },
          "date_to": {
            "description": "Latest: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.",
            "type": "string",
            "pattern": "^\\d{4}-\\d{2}-\\d{2}(?:T(?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2}))?$"
          },
          "date_field": {
            "description": "The field that date_from and date_to are compared with: start_time, end_time, created_at, updated_at; start_time if left out.",
            "type": "string",
            "enum": [
              "start_time",
              "end_time",
              "created_at",
              "updated_at"
            ]
          },
          "sort": {
            "description": "Order; name_asc if left out.",
            "type": "string",
            "enum": [
              "name_asc",
              "name_desc",
              "updated_asc",
              "updated_desc"
            ]
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: id, meeting_id, occurrence_id, project_uid, title, description, start_time, duration, timezone, visibility, restricted, meeting_type, committees, recording_enabled, artifact_visibility, transcript_enabled, is_manually_created, meeting_and_occurrence_id, end_time, sessions, platform, committee_uid, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_past_meeting",
      "title": "Get Past Meeting",
      "description": "Read one past meeting with its recording and its transcript: their files, with links. Use it when the id is known; search_past_meetings tells it as data.meeting_and_occurrence_id. A recording or transcript that does not exist is left out; one that cannot be read is left out with a warning. uid: id of meeting and occurrence, such as 91461158520-1771596000000.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Id of meeting and occurrence, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of search_past_meetings."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "meeting": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: id, meeting_id, occurrence_id, project_uid, title, description, start_time, duration, timezone, visibility, restricted, meeting_type, committees, recording_enabled, artifact_visibility, transcript_enabled, is_manually_created, meeting_password."
          },
          "recording": {
            "type": "object",
            "properties": {
              "type": {
                "description": "Kind of the document.",
                "type": "string"
              },
              "id": {
                "description": "Key in the index, <type>:<id>.",
                "type": "string"
              },
              "data": {
                "type": "object",
                "properties": {},
                "description": "Fields, as far as they are set: id, meeting_and_occurrence_id, meeting_id, occurrence_id, project_uid, title, start_time, recording_files, sessions, total_size, platform, visibility, created_at, updated_at, recording_count, recording_access."
              }
            }
          },
          "transcript": {
            "type": "object",
            "properties": {
              "type": {
                "description": "Kind of the document.",
                "type": "string"
              },
              "id": {
                "description": "Key in the index, <type>:<id>.",
                "type": "string"
              },
              "data": {
                "type": "object",
                "properties": {},
                "description": "Fields, as far as they are set: id, meeting_and_occurrence_id, meeting_id, occurrence_id, project_uid, title, start_time, recording_files, sessions, total_size, platform, visibility, created_at, updated_at, transcript_access."
              }
            }
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "meeting"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_past_meeting_participants",
      "title": "Search Past Meeting Participants",
      "description": "Find people who were invited to past meetings or attended them; data.is_invited and data.is_attended say which. Use it to see who was there. Of what is given, everything must hold. past_meeting_id: data.meeting_and_occurrence_id of search_past_meetings. project_uid: uid of the project. name: words their first name, last name or user name begins with. sort: name_asc (the default), name_desc, updated_asc or updated_desc. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that their first name, last name or user name begins with."
          },
          "past_meeting_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The past meeting's id, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of search_past_meetings."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that they belong to."
          },
          "sort": {
            "description": "Order; name_asc if left out.",
            "type": "string",
            "enum": [
              "name_asc",
              "name_desc",
              "updated_asc",
              "updated_desc"
            ]
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, meeting_and_occurrence_id, meeting_id, project_uid, project_slug, committee_uid, email, first_name, last_name, host, job_title, org_name, org_is_member, username, is_invited, is_attended, is_unknown, zoom_user_name, mapped_invitee_name, sessions, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_past_meeting_participant",
      "title": "Get Past Meeting Participant",
      "description": "Read one participant of a past meeting: person, organization, whether invited and attended, and when in the meeting. Use it when the uid is known; search_past_meeting_participants tells it as data.uid. uid: the participant's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The participant's uid: data.uid of search_past_meeting_participants."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "type": {
            "description": "Kind of the document.",
            "type": "string"
          },
          "id": {
            "description": "Key in the index, <type>:<id>.",
            "type": "string"
          },
          "data": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: uid, meeting_and_occurrence_id, meeting_id, project_uid, project_slug, committee_uid, email, first_name, last_name, host, job_title, org_name, org_is_member, username, is_invited, is_attended, is_unknown, zoom_user_name, mapped_invitee_name, sessions, created_at, updated_at."
          }
        }
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_past_meeting_summaries",
      "title": "Search Past Meeting Summaries",
      "description": "Find the summaries that an AI wrote of past meetings, with their whole text. Use it to see what a meeting was about or decided. data.edited_content, where it is set, is a person's correction of data.content. Of what is given, everything must hold. past_meeting_id: data.meeting_and_occurrence_id of search_past_meetings. project_uid: uid of the project. name: words the meeting's title begins with. sort: name_asc (the default), name_desc, updated_asc or updated_desc. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the meeting's title begins with."
          },
          "past_meeting_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The past meeting's id, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of search_past_meetings."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project that they belong to."
          },
          "sort": {
            "description": "Order; name_asc if left out.",
            "type": "string",
            "enum": [
              "name_asc",
              "name_desc",
              "updated_asc",
              "updated_desc"
            ]
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: id, meeting_and_occurrence_id, meeting_id, occurrence_id, project_uid, content, edited_content, requires_approval, approved, summary_title, summary_start_time, summary_end_time, summary_created_time, zoom_meeting_topic, email_sent, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_past_meeting_summary",
      "title": "Get Past Meeting Summary",
      "description": "Read one summary that an AI wrote of a past meeting. Use it when the id is known; search_past_meeting_summaries tells it as data.id. data.edited_content, where it is set, is a person's correction of data.content. uid: the summary's id, not the past meeting's.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The summary's id, not the past meeting's: data.id of search_past_meeting_summaries."
          }
        },
        "required": [
          "uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "type": {
            "description": "Kind of the document.",
            "type": "string"
          },
          "id": {
            "description": "Key in the index, <type>:<id>.",
            "type": "string"
          },
          "data": {
            "type": "object",
            "properties": {},
            "description": "Fields, as far as they are set: id, meeting_and_occurrence_id, meeting_id, occurrence_id, project_uid, content, edited_content, requires_approval, approved, summary_title, summary_start_time, summary_end_time, summary_created_time, zoom_meeting_topic, email_sent, created_at, updated_at."
          }
        }
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_members",
      "title": "Search Members",
      "description": "List memberships: which organisations are members of a project or foundation, or what one organisation is a member of. Use it for questions about member companies, tiers and renewals; only active memberships are found unless asked otherwise, and all that is given must hold together. project_uid: the project, from search_projects. b2b_org_uid: the organisation, from search_b2b_orgs. search_name: words the member's name begins with. tier_uid: uid of the tier. tier_name: the tier's whole name. include_inactive: true for expired and other memberships too. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "search_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the member organisation's name begins with."
          },
          "project_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the project or foundation that they are memberships of."
          },
          "b2b_org_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the organisation that holds them, as search_b2b_orgs gives it."
          },
          "tier_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "Uid of the membership tier."
          },
          "tier_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Name of the membership tier, whole and as the records spell it."
          },
          "include_inactive": {
            "description": "Whether memberships of any status are found, not only those that are Active.",
            "type": "boolean"
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, tier_uid, project_uid, project_slug, b2b_org_uid, status, year, auto_renew, renewal_type, price, annual_full_price, payment_frequency, payment_terms, agreement_date, purchase_date, start_date, end_date, company_name, company_logo_url, company_domain, tier_name, tier_family, tier_product_type, created_at, updated_at, tier_range."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_member_membership",
      "title": "Get Member Membership",
      "description": "Read one membership of an organisation in a project: tier, status, price, dates and renewal. Use it when its uid is known; search_members finds it. membership_uid: the membership's uid.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          }
        },
        "required": [
          "membership_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, tier_uid, project_uid, project_slug, b2b_org_uid, status, year, auto_renew, renewal_type, price, annual_full_price, payment_frequency, payment_terms, agreement_date, purchase_date, start_date, end_date, company_name, company_logo_url, company_domain, tier_name, tier_family, tier_product_type, created_at, updated_at, project_sfid, tier."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_membership_key_contacts",
      "title": "Get Membership Key Contacts",
      "description": "List the key contacts of a membership: who represents the member organisation towards the project, in which role, with name and e-mail address. Use it once search_members has found the membership. A key contact is the contact of record, which is not the same as a seat in a governing body. membership_uid: the membership's uid. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "required": [
          "membership_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, role, status, board_member, primary_contact, first_name, last_name, title, email, company_name, company_logo_url, company_domain, created_at, updated_at, membership_uid, tier_uid, project_uid, b2b_org_uid."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "get_membership_key_contact",
      "title": "Get Membership Key Contact",
      "description": "Read one key contact of a membership: role, status, name, e-mail address and company. Use it when both uids are known; get_membership_key_contacts finds them. membership_uid: the membership's uid. contact_uid: the contact's uid; it must belong to that membership.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          },
          "contact_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The contact's uid, as get_membership_key_contacts gives it."
          }
        },
        "required": [
          "membership_uid",
          "contact_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, role, status, board_member, primary_contact, first_name, last_name, title, email, company_name, company_logo_url, company_domain, created_at, updated_at."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "write",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "create_membership_key_contact",
      "title": "Create Membership Key Contact",
      "description": "Add a key contact to a membership. Use it when the user names a person to represent the member organisation. The e-mail address decides who that is: a person known by it is taken, any other is made. Some roles can be held only so many times; then nothing is added. membership_uid: the membership's uid. email: e-mail address. first_name: 1-200 characters. last_name: 1-200 characters. role: Representative/Voting Contact, Authorized Signatory, Billing Contact, Marketing Contact, Technical Contact, Legal Contact, Event Sponsorship Contact, PO Contact or PR Contact. title: job title. status: Active or Inactive. board_member: true or false. primary_contact: true or false, whether first to turn to.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          },
          "email": {
            "type": "string",
            "maxLength": 254,
            "format": "email",
            "pattern": "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
            "description": "The person's e-mail address, which says who it is."
          },
          "first_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "First name."
          },
          "last_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Last name."
          },
          "role": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "What the contact is responsible for, in the platform's words.",
            "examples": [
              "Representative/Voting Contact",
              "Billing Contact",
              "Technical Contact",
              "Marketing Contact"
            ]
          },
          "title": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Job title."
          },
          "status": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Whether the contact is in office: Active or Inactive.",
            "examples": [
              "Active",
              "Inactive"
            ]
          },
          "board_member": {
            "description": "Whether the contact sits on the board.",
            "type": "boolean"
          },
          "primary_contact": {
            "description": "Whether the contact is the first to turn to.",
            "type": "boolean"
          }
        },
        "required": [
          "membership_uid",
          "email",
          "first_name",
          "last_name",
          "role"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, role, status, board_member, primary_contact, first_name, last_name, title, email, company_name, company_logo_url, company_domain, created_at, updated_at, membership_uid, tier_uid, project_uid, b2b_org_uid, project_sfid."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": false,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "update",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "update_membership_key_contact",
      "title": "Update Membership Key Contact",
      "description": "Change the role or the state of a key contact; what is left out stays as it is, and at least one of them must be given. Use it when the user asks for such a change; a contact cannot become another person: for that delete it and create a new one. membership_uid: the membership's uid. contact_uid: the contact's uid. role: Representative/Voting Contact, Authorized Signatory, Billing Contact, Marketing Contact, Technical Contact, Legal Contact, Event Sponsorship Contact, PO Contact or PR Contact. status: Active or Inactive. board_member: true or false. primary_contact: true or false, whether first to turn to.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          },
          "contact_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The contact's uid, as get_membership_key_contacts gives it."
          },
          "role": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "What the contact is responsible for, in the platform's words.",
            "examples": [
              "Representative/Voting Contact",
              "Billing Contact",
              "Technical Contact",
              "Marketing Contact"
            ]
          },
          "status": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Whether the contact is in office: Active or Inactive.",
            "examples": [
              "Active",
              "Inactive"
            ]
          },
          "board_member": {
            "description": "Whether the contact sits on the board.",
            "type": "boolean"
          },
          "primary_contact": {
            "description": "Whether the contact is the first to turn to.",
            "type": "boolean"
          }
        },
        "required": [
          "membership_uid",
          "contact_uid"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: uid, role, status, board_member, primary_contact, first_name, last_name, title, email, company_name, company_logo_url, company_domain, created_at, updated_at, membership_uid, tier_uid, project_uid, b2b_org_uid, project_sfid."
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "destructive",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "delete_membership_key_contact",
      "title": "Delete Membership Key Contact",
      "description": "Remove a key contact from a membership, for good; the person's own record stays. Use it only when the user asks for just this removal. membership_uid: the membership's uid. contact_uid: the contact's uid; it must belong to that membership.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "membership_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The membership's uid, as search_members gives it."
          },
          "contact_uid": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The contact's uid, as get_membership_key_contacts gives it."
          }
        },
        "required": [
          "membership_uid",
          "contact_uid"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "search_b2b_orgs",
      "title": "Search B2B Orgs",
      "description": "Find companies and other organisations that are, or could be, members of projects, by name or internet domain. Use it to turn a company's name into the b2b_org_uid that search_members takes. search_name: words that its name or domain begins with. page_size: 1-100, 10 if left out. page_token: from the answer before.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "search_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 500,
            "description": "Words that the organisation's name, an alias or its domain begins with."
          },
          "page_size": {
            "description": "Rows of one page, 1 to 100; 10 if left out.",
            "type": "integer",
            "minimum": 1,
            "maximum": 100
          },
          "page_token": {
            "description": "The page_token of the answer before, unchanged, for the page after it.",
            "type": "string",
            "minLength": 1,
            "maxLength": 4000
          }
        },
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "resources": {
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "type": {
                  "description": "Kind of the document.",
                  "type": "string"
                },
                "id": {
                  "description": "Key in the index, <type>:<id>.",
                  "type": "string"
                },
                "data": {
                  "type": "object",
                  "properties": {},
                  "description": "Fields, as far as they are set: uid, name, description, phone, website, primary_domain, domain_aliases, logo_url, industry, sector, crunch_base_url, number_of_employees, status, is_member, parent_uid, parent_detail, is_parent, created_at, updated_at."
                }
              }
            },
            "description": "The documents of this page that the caller may see."
          },
          "page_token": {
            "description": "Give it as page_token for the next page; absent on the last.",
            "type": "string"
          },
          "warnings": {
            "description": "What is missing from this answer, and what to do about it.",
            "type": "array",
            "items": {
              "type": "string"
            }
          }
        },
        "required": [
          "resources"
        ]
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "list_discord_roles",
      "title": "List Discord Roles",
      "description": "List the roles of a project's Discord server. Use it to see which roles there are before one is checked or assigned; find_discord_role finds a single one by name. project_slug: the project's slug, such as pytorch; you need write access to it.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          }
        },
        "required": [
          "project_slug"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "find_discord_role",
      "title": "Find Discord Role",
      "description": "Find a role of a project's Discord server by its name. Use it to learn the role's id, which check_discord_user_role and assign_discord_role need. project_slug: the project's slug, such as pytorch; you need write access to it. role_name: 1-100 characters.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          },
          "role_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name of the role, 1 to 100 characters."
          }
        },
        "required": [
          "project_slug",
          "role_name"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "find_discord_user",
      "title": "Find Discord User",
      "description": "Find a person on a project's Discord server: up to five candidates, the most similar first. Use it to learn a user's id. The first candidate need not be the right one: look at all of them, and ask the user where more than one may be meant. project_slug: the project's slug, such as pytorch; you need write access to it. name: the person's name, 1-200 characters. email: e-mail address, if known.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          },
          "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The person's name, or the user name in Discord."
          },
          "email": {
            "type": "string",
            "maxLength": 254,
            "format": "email",
            "pattern": "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
            "description": "The person's e-mail address, if it is known."
          }
        },
        "required": [
          "project_slug",
          "name"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "check_discord_user_role",
      "title": "Check Discord User Role",
      "description": "Tell whether a user of a project's Discord server holds a role. Use it before assign_discord_role, with the ids that find_discord_user and find_discord_role give. project_slug: the project's slug, such as pytorch; you need write access to it. user_id: the user's id in Discord. role_id: the role's id in Discord.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          },
          "user_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The user's id in Discord, as find_discord_user gives it."
          },
          "role_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The role's id in Discord, as list_discord_roles or find_discord_role gives it."
          }
        },
        "required": [
          "project_slug",
          "user_id",
          "role_id"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "write",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "assign_discord_role",
      "title": "Assign Discord Role",
      "description": "Give a user of a project's Discord server a role. Use it in this order: find_discord_user, find_discord_role, check_discord_user_role, and then this, once the user has agreed to the person and the role. project_slug: the project's slug, such as pytorch; you need write access to it. user_id: the user's id in Discord. user_name: the user's name there, 1-200 characters. role_id: the role's id in Discord. role_name: the role's name, 1-100 characters.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          },
          "user_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The user's id in Discord, as find_discord_user gives it."
          },
          "user_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The user's name in Discord, as find_discord_user gives it."
          },
          "role_id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9_-]+$",
            "description": "The role's id in Discord, as list_discord_roles or find_discord_role gives it."
          },
          "role_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Name of the role, 1 to 100 characters."
          }
        },
        "required": [
          "project_slug",
          "user_id",
          "user_name",
          "role_id",
          "role_name"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": false,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "list_email_templates",
      "title": "List Email Templates",
      "description": "List the e-mail templates of a project, with the variables that each takes. Use it before send_email. project_slug: the project's slug, such as pytorch; you need write access to it.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          }
        },
        "required": [
          "project_slug"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "destructive",
    "access": {
      "anyOf": [
        "manage:all"
      ]
    },
    "wire": {
      "name": "send_email",
      "title": "Send Email",
      "description": "Preview or send an e-mail made of one of a project's templates. Use it in this order: list_email_templates, then mode draft, show the user the text, and only after consent mode send. A sent e-mail cannot be called back, so never repeat a call whose outcome is unknown. project_slug: the project's slug, such as pytorch; you need write access to it. mode: draft (previews, sends nothing) or send. template_name: as list_email_templates tells it. variables: object of texts by the template's variable names. to_email: address of who gets it, required by send. to_name: name of who gets it, required by send.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$",
            "description": "The project's slug, `pytorch` for instance; search_projects tells it."
          },
          "mode": {
            "type": "string",
            "enum": [
              "draft",
              "send"
            ],
            "description": "draft previews and sends nothing. One of: draft, send."
          },
          "template_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Name of the template, as list_email_templates tells it."
          },
          "variables": {
            "description": "Values of the template's variables by their names; texts all of them, of at most 10000 characters.",
            "type": "object",
            "propertyNames": {
              "type": "string",
              "minLength": 1,
              "maxLength": 200
            },
            "additionalProperties": {
              "type": "string",
              "maxLength": 10000
            }
          },
          "to_email": {
            "type": "string",
            "maxLength": 254,
            "format": "email",
            "pattern": "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
            "description": "E-mail address of who gets it; required by the mode send."
          },
          "to_name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "Name of who gets it; required by the mode send."
          }
        },
        "required": [
          "project_slug",
          "mode",
          "template_name"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": false,
        "destructiveHint": true,
        "idempotentHint": false,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ],
      "allOf": [
        "http://lfx.dev/claims/lf_staff"
      ],
      "advice": "Only staff of the Linux Foundation who sign in themselves have it."
    },
    "timeoutMs": 120000,
    "wire": {
      "name": "query_lfx_lens",
      "title": "Query LFX Lens",
      "description": "Ask LFX Lens a question in plain words about one project or foundation; it writes the SQL itself and runs it. Use it for what the semantic layer does not know: who the maintainers are and how they change, maintainers joined with activity, event sponsorships, social listening (X, Bluesky, Reddit, Hacker News, DEV, podcasts, YouTube, LinkedIn, TikTok: mentions, sentiment, share of voice, reach), narrative answers, subprojects, and questions at which the semantic layer failed. Contributors, activity, memberships, events, education, numbers of maintainers, project health and every question by country or region belong to query_lfx_semantic_layer. An answer takes 15 to 30 seconds and holds at most 200 rows: for more ask for \"page 2\", or name LIMIT and OFFSET in the question. project_slug: slug of the project or foundation, such as pytorch; search_projects finds it. input: the question, 1-4000 characters.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "project_slug": {
            "type": "string",
            "minLength": 1,
            "maxLength": 100,
            "description": "Slug of the project or foundation that the question is about, such as pytorch."
          },
          "input": {
            "type": "string",
            "minLength": 1,
            "maxLength": 4000,
            "description": "The question, in plain words and complete in itself: every call is a conversation of its own."
          }
        },
        "required": [
          "project_slug",
          "input"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ],
      "allOf": [
        "http://lfx.dev/claims/lf_staff"
      ],
      "advice": "Only staff of the Linux Foundation who sign in themselves have it."
    },
    "timeoutMs": 120000,
    "wire": {
      "name": "explore_lfx_semantic_layer",
      "title": "Explore LFX Semantic Layer",
      "description": "Find out what the LFX semantic layer can be asked: its metrics, their dimensions, and the values of those. Use it before query_lfx_semantic_layer, for all questions on contributors, activity, memberships, events, education, numbers of maintainers, project health, and everything by country or region; names and trends of maintainers, sponsorships of events, social listening and narrative are for query_lfx_lens. A metric is a number, a dimension a slice of it. Copy names as they are answered and never build one (entity__field): an unknown name is an error. An unknown value is none, it gives zero rows: look it up (Asia Pacific, not APAC; Viet Nam). Entities are join keys, not values to group by. country__lf_region is a person's region, activity_project_id__organization_lf_region an organisation's; both hold North America, Europe, China, India, Japan, Asia Pacific, Middle East & Africa, Latin America, Other. Prefer country__* to asset_id__billing_country, which is free text. current_* counts what is active only, total_contributors leaves bots out. action: list_metrics (looks in names and descriptions only; of up to 15 metrics the dimensions' names come along), get_dimensions (of several metrics: those they share), get_dimension_values, help (also called describe). search: words to look for. metrics: names, comma-separated, for get_dimensions and get_dimension_values. dimension: its qualified name, for get_dimension_values. target: of help; list_metrics, get_dimensions, get_dimension_values, query.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "action": {
            "type": "string",
            "enum": [
              "list_metrics",
              "get_dimensions",
              "get_dimension_values",
              "help",
              "describe"
            ],
            "description": "list_metrics, then get_dimensions, then get_dimension_values for what is filtered by; help explains each (describe is the same). Names in later steps are copied from the answers before."
          },
          "search": {
            "description": "Words to look for in names and descriptions; everything if left out.",
            "type": "string",
            "maxLength": 200
          },
          "metrics": {
            "description": "Names of metrics, comma-separated. get_dimensions and get_dimension_values need them.",
            "type": "string",
            "maxLength": 2000
          },
          "dimension": {
            "description": "Qualified name, entity__field, of the dimension whose values are wanted.",
            "type": "string",
            "maxLength": 200
          },
          "target": {
            "type": "string",
            "enum": [
              "list_metrics",
              "get_dimensions",
              "get_dimension_values",
              "query"
            ],
            "description": "What help is about; an overview if left out. One of: list_metrics, get_dimensions, get_dimension_values, query."
          }
        },
        "required": [
          "action"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ],
      "allOf": [
        "http://lfx.dev/claims/lf_staff"
      ],
      "advice": "Only staff of the Linux Foundation who sign in themselves have it."
    },
    "timeoutMs": 120000,
    "wire": {
      "name": "query_lfx_semantic_layer",
      "title": "Query LFX Semantic Layer",
      "description": "Ask the LFX semantic layer for metrics, sliced and filtered. Use it for contributors, activity, memberships, events, education, numbers of maintainers, project health, and everything by country or region, once explore_lfx_semantic_layer has told the names; where it fails, use query_lfx_lens. Copy qualified names (entity__field), never build them: an unknown name is an error, an unknown value just gives zero rows. metrics: names, comma-separated, such as total_contributors; several are outer-joined on the dimensions they share, with NULL for a side that has no row. group_by: dimensions, comma-separated, such as maintainer_key__project_slug, and never entities; trends by metric_time__year, __quarter, __month, __week or __day. where: MetricFlow, {{ Dimension('country__lf_region') }} = 'Europe' or {{ TimeDimension('asset_id__install_date', 'DAY') }} >= '2024-01-01'; dates yyyy-mm-dd, values as get_dimension_values tells them. order_by: fields of group_by or metrics, comma-separated; - in front for descending. limit: 1-500 rows. project_slug: for one project; where must then filter by the project as well, such as {{ Dimension('asset_id__project_slug') }} = 'cncf', and is checked against what belongs to that foundation.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "metrics": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "description": "Names of metrics, comma-separated, copied from explore_lfx_semantic_layer."
          },
          "group_by": {
            "description": "Dimensions to slice by, comma-separated qualified names; a single total if left out.",
            "type": "string",
            "maxLength": 2000
          },
          "where": {
            "description": "Filter in MetricFlow's syntax, such as {{ Dimension('country__lf_region') }} = 'Europe'; no filter if left out.",
            "type": "string",
            "maxLength": 4000
          },
          "order_by": {
            "description": "Fields of group_by or metrics, comma-separated; - in front for descending.",
            "type": "string",
            "maxLength": 2000
          },
          "limit": {
            "description": "Most rows to answer, 1 to 500; left to the service if 0 or left out.",
            "type": "integer",
            "minimum": 0,
            "maximum": 500
          },
          "project_slug": {
            "description": "Slug of the one project or foundation that is asked about; all if left out.",
            "type": "string",
            "maxLength": 100
          }
        },
        "required": [
          "metrics"
        ],
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ]
    },
    "wire": {
      "name": "hello_world",
      "title": "Hello World",
      "description": "Answer with a greeting, to see whether the connection works. Use it only to test the connection. name: who is greeted, World if left out. message: the greeting, Hello if left out.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "name": {
            "description": "Who is greeted; World if left out.",
            "type": "string",
            "maxLength": 200
          },
          "message": {
            "description": "The greeting; Hello if left out.",
            "type": "string",
            "maxLength": 200
          }
        },
        "additionalProperties": false
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  },
  {
    "kind": "read",
    "access": {
      "anyOf": [
        "read:all",
        "manage:all"
      ],
      "allOf": [
        "user"
      ],
      "advice": "Sign in as a person; machines and static API keys have no profile."
    },
    "wire": {
      "name": "user_info",
      "title": "User Info",
      "description": "Read the profile of the signed-in user as the login service knows it: user name, name and e-mail. Use it when the user asks who he is signed in as, or when his own identity is needed. Takes no parameters.",
      "inputSchema": {
        "type": "object",
        "properties": {}
      },
      "outputSchema": {
        "type": "object",
        "properties": {},
        "description": "Fields, as far as they are set: sub, name, given_name, family_name, nickname, preferred_username, email, email_verified, picture."
      },
      "annotations": {
        "readOnlyHint": true,
        "destructiveHint": false,
        "idempotentHint": true,
        "openWorldHint": false
      }
    }
  }
];
