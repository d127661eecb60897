extension ProfileSchema {
  /// The definition of the section `gradients`.
  static let gradients = #"""
    "gradients": {
              "description": "Gradients that data-parallel workers add up, and the links between them.",
              "type": "object",
              "required": ["nodes", "devices_per_node", "selection_gb_per_s", "buckets"],
              "properties": {
                "nodes": {"type": "integer", "minimum": 1, "maximum": 16384},
                "devices_per_node": {"type": "integer", "minimum": 1, "maximum": 16384},
                "element_bytes": {"enum": [2, 4], "default": 4},
                "within_node": {
                  "description": "What a device sends to another of its node.",
                  "$ref": "#/$defs/link"
                },
                "between_nodes": {
                  "description": "What all devices of a node together send to other nodes.",
                  "$ref": "#/$defs/link"
                },
                "selection_gb_per_s": {
                  "description": "How fast a device finds the largest elements of blocks.",
                  "$ref": "#/$defs/rate"
                },
                "whole_selection_gb_per_s": {
                  "description": "The same for whole buckets; default: as fast.",
                  "$ref": "#/$defs/rate"
                },
                "buckets": {
                  "description": "By ascending ready_us.",
                  "type": "array", "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["id", "bytes", "ready_us", "energy"],
                    "properties": {
                      "id": {"$ref": "#/$defs/name"},
                      "bytes": {"$ref": "#/$defs/some_bytes"},
                      "ready_us": {"$ref": "#/$defs/microseconds"},
                      "energy": {
                        "description": "The sum of the squares of the elements.",
                        "$ref": "#/$defs/amount"
                      },
                      "energy_curves": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["selection", "points"],
                          "properties": {
                            "selection": {"enum": ["whole", "equal", "greedy"]},
                            "block": {"type": "integer", "minimum": 1, "maximum": 65536},
                            "points": {
                              "type": "array", "minItems": 1,
                              "items": {
                                "type": "object",
                                "required": ["density", "energy"],
                                "properties": {
                                  "density": {"$ref": "#/$defs/inner_share"},
                                  "energy": {"type": "number", "minimum": 0, "maximum": 1}
                                },
                                "patternProperties": {"^x_": true},
                                "additionalProperties": false
                              }
                            }
                          },
                          "patternProperties": {"^x_": true},
                          "additionalProperties": false
                        }
                      },
                      "union_curves": {
                        "description": "What any of several workers chooses, against what one does.",
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["density", "points"],
                          "properties": {
                            "density": {"$ref": "#/$defs/inner_share"},
                            "points": {
                              "type": "array", "minItems": 1,
                              "items": {
                                "type": "object",
                                "required": ["workers", "growth"],
                                "properties": {
                                  "workers": {
                                    "type": "integer", "minimum": 2, "maximum": 1000000000
                                  },
                                  "growth": {"type": "number", "minimum": 1, "maximum": 1e9}
                                },
                                "patternProperties": {"^x_": true},
                                "additionalProperties": false
                              }
                            }
                          },
                          "patternProperties": {"^x_": true},
                          "additionalProperties": false
                        }
                      }
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "inner_share": {"type": "number", "minimum": 1e-9, "maximum": 0.999999999}
    """#
}
