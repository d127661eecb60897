extension ProfileSchema {
  /// The definition of the section `moe`.
  static let moe = #"""
    "moe": {
              "description": "Routed experts. Groups and nodes are blocks of neighbours.",
              "type": "object",
              "required": ["experts", "top_k", "layers"],
              "properties": {
                "experts": {
                  "description": "In each layer.",
                  "type": "integer", "minimum": 1, "maximum": 16384
                },
                "top_k": {
                  "description": "The experts that a token visits in each layer.",
                  "type": "integer", "minimum": 1, "maximum": 16384
                },
                "layers": {"type": "integer", "minimum": 1, "maximum": 4096},
                "layer_numbers": {
                  "description": "Ascending, as the model counts them; default 0, 1, 2 ….",
                  "type": "array", "items": {"$ref": "#/$defs/count"}
                },
                "groups": {"type": "integer", "minimum": 1, "default": 1},
                "devices": {"type": "integer", "minimum": 1, "maximum": 16384},
                "nodes": {
                  "description": "How many equal nodes there are, or the devices of each.",
                  "oneOf": [
                    {"type": "integer", "minimum": 1},
                    {"type": "array", "items": {"type": "integer", "minimum": 1}}
                  ]
                },
                "slots_per_device": {
                  "description": "The experts that a device holds in each layer; one for all or one each.",
                  "oneOf": [
                    {"$ref": "#/$defs/slots"},
                    {"type": "array", "items": {"$ref": "#/$defs/slots"}}
                  ]
                },
                "device_speeds": {
                  "type": "array",
                  "items": {"type": "number", "minimum": 1e-6, "maximum": 1e6}
                },
                "tokens_per_device": {"$ref": "#/$defs/count"},
                "token_bytes": {"$ref": "#/$defs/some_bytes"},
                "expert_bytes": {"$ref": "#/$defs/some_bytes"},
                "scenarios": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                      "name": {"$ref": "#/$defs/name"},
                      "load": {
                        "description": "Tokens that visited each expert, [layer][expert].",
                        "$ref": "#/$defs/load"
                      },
                      "batches": {
                        "description": "The same by batch, [batch][layer][expert].",
                        "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/load"}
                      }
                    },
                    "oneOf": [{"required": ["load"]}, {"required": ["batches"]}],
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                },
                "coactivation": {
                  "description": "Experts that tokens of one layer (its position) visit together.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["layer"],
                    "properties": {
                      "layer": {"$ref": "#/$defs/count"},
                      "scenario": {"$ref": "#/$defs/name"},
                      "tokens": {
                        "description": "The top_k experts of each token.",
                        "type": "array", "items": {"$ref": "#/$defs/experts"}
                      },
                      "pairs": {
                        "description": "Expert, a larger expert, and the tokens that visit both.",
                        "type": "array",
                        "items": {
                          "type": "array", "minItems": 3,
                          "items": {"type": "number", "minimum": 0, "maximum": 1e15}
                        }
                      }
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                },
                "placement": {
                  "description": "The experts on each device today, [layer][device].",
                  "type": "array",
                  "items": {"type": "array", "items": {"$ref": "#/$defs/experts"}}
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "slots": {"type": "integer", "minimum": 0, "maximum": 16384},
            "experts": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 16383}},
            "load": {
              "type": "array",
              "items": {
                "type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1e15}
              }
            }
    """#
}
