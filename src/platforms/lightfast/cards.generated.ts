// Made from tools.ts by `npm run generate`; not to be edited.
import type { ToolDefinition } from "../../mcp/tool-definition.ts";

export const CARDS: readonly ToolDefinition[] = [
  {
    "kind": "write",
    "access": {
      "anyOf": [
        "mcp:signals:write"
      ]
    },
    "wire": {
      "name": "lightfast_signals_create",
      "title": "Create a signal",
      "description": "Record a signal in the connected Lightfast organization: a piece of free text that may deserve action, such as customer feedback, a promise, a blocker, an idea or a reminder. Use it when the user asks to record, capture, note or send something to Lightfast. Returns at once with the id and status queued; classification takes seconds to minutes, so follow it with lightfast_signals_get only if the outcome is wanted. Every call makes a new signal, so never repeat a call that succeeded or whose outcome is unknown. input: 1-4000 characters after trimming.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "input": {
            "type": "string",
            "minLength": 1,
            "maxLength": 4000,
            "description": "The signal in plain words, self-contained: who, what, and why it may matter. Trimmed; 1-4000 characters."
          }
        },
        "required": [
          "input"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "id": {
            "type": "string",
            "minLength": 1,
            "description": "Id of the new signal; pass it to lightfast_signals_get."
          },
          "status": {
            "type": "string",
            "description": "Where the signal stands; classified and failed are final. One of: queued, processing, classified, failed.",
            "examples": [
              "queued",
              "processing",
              "classified",
              "failed"
            ]
          },
          "visibilityScope": {
            "type": "string",
            "description": "Who can see the signal: its creator, the whole team, or only its creator until somebody has reviewed it. One of: user, team, needs_review.",
            "examples": [
              "user",
              "team",
              "needs_review"
            ]
          }
        },
        "required": [
          "id",
          "status"
        ]
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
        "mcp:signals:read"
      ]
    },
    "wire": {
      "name": "lightfast_signals_get",
      "title": "Get a signal",
      "description": "Read one signal of the connected Lightfast organization by its id: its text, status (queued, processing, classified or failed), classification and the people it names. Use it to see what became of a signal. While the status is queued or processing, wait 2-3 seconds between calls and stop after two minutes; classified and failed are final. id: signal_<uuid>, in lower case.",
      "inputSchema": {
        "type": "object",
        "properties": {
          "id": {
            "type": "string",
            "pattern": "^signal_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
            "description": "Signal id as returned by lightfast_signals_create: signal_<uuid>, in lower case."
          }
        },
        "required": [
          "id"
        ],
        "additionalProperties": false
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "id": {
            "type": "string",
            "minLength": 1
          },
          "input": {
            "type": "string",
            "description": "The signal's text as stored."
          },
          "status": {
            "type": "string",
            "description": "Where the signal stands; classified and failed are final. One of: queued, processing, classified, failed.",
            "examples": [
              "queued",
              "processing",
              "classified",
              "failed"
            ]
          },
          "classification": {
            "anyOf": [
              {
                "type": "object",
                "properties": {
                  "disposition": {
                    "type": "string",
                    "description": "Whether the signal asks for action. One of: actionable, needs_context, not_actionable.",
                    "examples": [
                      "actionable",
                      "needs_context",
                      "not_actionable"
                    ]
                  },
                  "kind": {
                    "type": "string",
                    "description": "What sort of action. One of: engage, follow_up, review, fix, investigate, remember, other.",
                    "examples": [
                      "engage",
                      "follow_up",
                      "review",
                      "fix",
                      "investigate",
                      "remember",
                      "other"
                    ]
                  },
                  "priority": {
                    "type": "string",
                    "description": "How pressing it is. One of: low, normal, high, urgent.",
                    "examples": [
                      "low",
                      "normal",
                      "high",
                      "urgent"
                    ]
                  },
                  "title": {
                    "type": "string"
                  },
                  "summary": {
                    "type": "string"
                  },
                  "nextAction": {
                    "description": "What to do next about the signal.",
                    "type": "string"
                  },
                  "rationale": {
                    "type": "string"
                  },
                  "confidence": {
                    "type": "number",
                    "description": "0 to 1."
                  },
                  "routing": {
                    "type": "object",
                    "properties": {
                      "visibility": {
                        "type": "object",
                        "properties": {
                          "scope": {
                            "type": "string",
                            "description": "Who can see the signal: its creator, the whole team, or only its creator until somebody has reviewed it. One of: user, team, needs_review.",
                            "examples": [
                              "user",
                              "team",
                              "needs_review"
                            ]
                          },
                          "rationale": {
                            "type": "string"
                          }
                        }
                      },
                      "review": {
                        "description": "Whether a person must look at the signal first, and why.",
                        "type": "object",
                        "properties": {
                          "required": {
                            "type": "boolean"
                          },
                          "reason": {
                            "type": [
                              "string",
                              "null"
                            ]
                          },
                          "rationale": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      },
                      "routes": {
                        "type": "object",
                        "properties": {
                          "people": {
                            "type": "object",
                            "properties": {
                              "shouldRun": {
                                "type": "boolean"
                              },
                              "confidence": {
                                "type": "number",
                                "description": "0 to 1."
                              },
                              "rationale": {
                                "type": "string"
                              }
                            }
                          }
                        }
                      }
                    }
                  }
                },
                "description": "What Lightfast made of the signal; null until its status is classified."
              },
              {
                "type": "null"
              }
            ]
          },
          "entityLinks": {
            "description": "People named in a team signal; filled in some time after it is classified.",
            "type": "array",
            "items": {
              "type": "object",
              "properties": {
                "targetType": {
                  "type": "string"
                },
                "localEntityKey": {
                  "type": "string"
                },
                "label": {
                  "type": "string"
                },
                "mentionKind": {
                  "type": "string"
                },
                "anchorText": {
                  "description": "The exact part of the input that names the entity.",
                  "type": "string"
                },
                "anchorOccurrence": {
                  "type": "number"
                },
                "extractionMethod": {
                  "type": "string"
                },
                "rationale": {
                  "type": "string"
                },
                "confidence": {
                  "type": "number",
                  "description": "0 to 1."
                },
                "resolvedPerson": {
                  "description": "The person it stands for, where exactly one is known.",
                  "anyOf": [
                    {
                      "type": "object",
                      "properties": {
                        "id": {
                          "type": "string"
                        },
                        "displayName": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "identityProvider": {
                          "type": "string"
                        },
                        "identityType": {
                          "type": "string"
                        },
                        "identityValue": {
                          "type": "string"
                        }
                      }
                    },
                    {
                      "type": "null"
                    }
                  ]
                }
              }
            }
          },
          "visibilityScope": {
            "type": "string",
            "description": "Who can see the signal: its creator, the whole team, or only its creator until somebody has reviewed it. One of: user, team, needs_review.",
            "examples": [
              "user",
              "team",
              "needs_review"
            ]
          },
          "createdAt": {
            "type": "string",
            "description": "ISO 8601 date-time, UTC."
          },
          "updatedAt": {
            "type": "string",
            "description": "ISO 8601 date-time, UTC."
          }
        },
        "required": [
          "id",
          "input",
          "status"
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
        "mcp:system:read"
      ]
    },
    "wire": {
      "name": "lightfast_system_health",
      "title": "Check the Lightfast connection",
      "description": "Check that Lightfast is reachable and accepts the configured credentials. Use it once when another Lightfast tool fails, or when the user asks whether Lightfast is connected; not before every call. Takes no parameters.",
      "inputSchema": {
        "type": "object",
        "properties": {}
      },
      "outputSchema": {
        "type": "object",
        "properties": {
          "status": {
            "type": "string",
            "description": "\"ok\" when the service is reachable and the credentials are accepted."
          },
          "timestamp": {
            "type": "string",
            "description": "ISO 8601 date-time, UTC."
          },
          "version": {
            "description": "Version of the API.",
            "type": "string"
          }
        },
        "required": [
          "status"
        ]
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
