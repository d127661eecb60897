extension ProfileSchema {
  /// The definition of the section `two_stage`.
  static let twoStage = #"""
    "two_stage": {
              "description": "Strategies of nodes in a chain of stages; figures of one device.",
              "type": "object",
              "required": ["mesh", "memory_limit_bytes", "stages", "nodes"],
              "properties": {
                "mesh": {
                  "type": "object",
                  "required": ["shape", "latency_us", "gb_per_s"],
                  "properties": {
                    "shape": {
                      "type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}
                    },
                    "latency_us": {
                      "description": "Of each axis.",
                      "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/microseconds"}
                    },
                    "gb_per_s": {
                      "description": "Of each axis.",
                      "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rate"}
                    }
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "memory_limit_bytes": {
                  "description": "Of each device.", "$ref": "#/$defs/some_bytes"
                },
                "stages": {
                  "description": "In the order of the chain.",
                  "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/name"}
                },
                "nodes": {
                  "description": "In execution order, stage by stage.",
                  "type": "array", "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["id", "stage", "strategies"],
                    "properties": {
                      "id": {"$ref": "#/$defs/name"},
                      "stage": {"$ref": "#/$defs/name"},
                      "repeat": {
                        "description": "Nodes of one group have strategies of the same names.",
                        "$ref": "#/$defs/name"
                      },
                      "follows": {
                        "description": "An earlier node; this one takes the strategy at the same position.",
                        "$ref": "#/$defs/name"
                      },
                      "strategies": {
                        "type": "array", "minItems": 1,
                        "items": {"$ref": "#/$defs/stage_strategy"}
                      }
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                },
                "edges": {
                  "description": "Within a stage or to the next; rows are strategies of the source.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["source", "target", "forward_us", "backward_us"],
                    "properties": {
                      "source": {"$ref": "#/$defs/name"},
                      "target": {"$ref": "#/$defs/name"},
                      "forward_us": {"$ref": "#/$defs/time_matrix"},
                      "backward_us": {"$ref": "#/$defs/time_matrix"}
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "time_matrix": {
              "type": "array", "minItems": 1,
              "items": {
                "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/microseconds"}
              }
            },
            "stage_strategy": {
              "type": "object",
              "required": ["id", "forward_us", "backward_us", "saved_bytes", "output_bytes"],
              "properties": {
                "id": {"$ref": "#/$defs/name"},
                "forward_us": {"$ref": "#/$defs/microseconds"},
                "backward_us": {"$ref": "#/$defs/microseconds"},
                "synchronization_us": {"$ref": "#/$defs/microseconds"},
                "parameter_bytes": {"$ref": "#/$defs/bytes"},
                "gradient_bytes": {"$ref": "#/$defs/bytes"},
                "optimizer_state_bytes": {"$ref": "#/$defs/bytes"},
                "saved_bytes": {"$ref": "#/$defs/bytes"},
                "output_bytes": {"$ref": "#/$defs/bytes"},
                "forward_workspace_bytes": {"$ref": "#/$defs/bytes"},
                "backward_workspace_bytes": {"$ref": "#/$defs/bytes"}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            }
    """#
}
