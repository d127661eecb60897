extension ProfileSchema {
  /// The definition of the section `sharding`.
  static let sharding = #"""
    "sharding": {
              "description": "Operators with their ways to be sharded, and what neighbours cost together.",
              "type": "object",
              "required": ["memory_limit_bytes", "nodes", "edges"],
              "properties": {
                "memory_limit_bytes": {"$ref": "#/$defs/sharding_amount"},
                "nodes": {
                  "description": "Lists with one entry for each node.",
                  "type": "object",
                  "required": ["intervals", "compute", "memory_bytes"],
                  "properties": {
                    "names": {"type": "array", "items": {"type": "string"}},
                    "strategies": {
                      "description": "What each strategy is called.",
                      "type": "array", "items": {"type": "array", "items": {"type": "string"}}
                    },
                    "intervals": {
                      "description": "When the node's memory is taken: the first moment, and the one after the last.",
                      "type": "array",
                      "items": {
                        "type": "array", "minItems": 2, "maxItems": 2,
                        "items": {"$ref": "#/$defs/sharding_amount"}
                      }
                    },
                    "compute": {
                      "description": "The cost of computing with each strategy, 10¹⁸ for infinity.",
                      "$ref": "#/$defs/sharding_strategies"
                    },
                    "communication": {
                      "description": "The cost of communication inside of each strategy; default: none.",
                      "$ref": "#/$defs/sharding_strategies"
                    },
                    "memory_bytes": {"$ref": "#/$defs/sharding_strategies"}
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "edges": {
                  "description": "Lists with one entry for each edge.",
                  "type": "object",
                  "required": ["nodes", "costs"],
                  "properties": {
                    "nodes": {
                      "type": "array",
                      "items": {
                        "type": "array", "minItems": 2, "maxItems": 2,
                        "items": {"type": "integer", "minimum": 0, "maximum": 2147483648}
                      }
                    },
                    "costs": {
                      "description": "For each pair of strategies, those of the second node varying fastest.",
                      "$ref": "#/$defs/sharding_strategies"
                    }
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "sharding_amount": {"type": "integer", "minimum": 0, "maximum": 1000000000000000000},
            "sharding_strategies": {
              "type": "array",
              "items": {
                "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/sharding_amount"}
              }
            }
    """#
}
