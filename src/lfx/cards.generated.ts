// Made from tools.ts by `npm run generate`; not to be edited.
import type { ToolCard } from "../core/card.ts";

export const CARDS: readonly ToolCard[] = [
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
      ]
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
