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
                      },
                      "sharding": {
                        "description": "One of placement.shardings.", "$ref": "#/$defs/name"
                      },
                      "weights": {
                        "description": "Names, in the order of the sharding.",
                        "type": "array", "items": {"$ref": "#/$defs/name"}
                      },
                      "borrows": {
                        "description": "Weights of an earlier node that takes the strategy at the same position: gathered here too, their gradients added up once.",
                        "type": "array", "items": {"$ref": "#/$defs/name"}
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
                },
                "placement": {"$ref": "#/$defs/stage_placement"}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "stage_placement": {
              "description": "How strategies place tensors; layouts as S01,R,P2: dimensions, partial sums.",
              "type": "object",
              "required": [
                "dtype", "element_bytes", "optimizer", "state_bytes_per_element", "shardings", "ways"
              ],
              "properties": {
                "dtype": {"$ref": "#/$defs/name"},
                "element_bytes": {"type": "integer", "minimum": 1, "maximum": 1024},
                "optimizer": {"$ref": "#/$defs/name"},
                "state_bytes_per_element": {"type": "integer", "minimum": 0, "maximum": 1024},
                "shardings": {"type": "array", "items": {"$ref": "#/$defs/node_sharding"}},
                "ways": {
                  "description": "From one layout of a tensor to another, each once.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["tensor", "source", "target", "steps"],
                    "properties": {
                      "tensor": {"$ref": "#/$defs/mesh_tensor"},
                      "source": {"$ref": "#/$defs/name"},
                      "target": {"$ref": "#/$defs/name"},
                      "steps": {
                        "type": "array", "items": {"$ref": "#/$defs/layout_step"}
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
            "node_sharding": {
              "type": "object",
              "required": ["id", "strategies"],
              "properties": {
                "id": {"$ref": "#/$defs/name"},
                "output": {"$ref": "#/$defs/mesh_tensor"},
                "reads_input_again": {"type": "boolean"},
                "weights": {
                  "description": "The extents of each.",
                  "type": "array", "items": {"$ref": "#/$defs/extents"}
                },
                "strategies": {
                  "description": "One for each strategy of the node.",
                  "type": "array", "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["input", "output", "input_gradient", "output_gradient"],
                    "properties": {
                      "input": {"$ref": "#/$defs/name"},
                      "output": {"$ref": "#/$defs/name"},
                      "input_gradient": {"$ref": "#/$defs/name"},
                      "output_gradient": {"$ref": "#/$defs/name"},
                      "keeps_output": {"type": "boolean"},
                      "zero": {"type": "integer", "minimum": 0, "maximum": 3},
                      "weights": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["layout"],
                          "properties": {
                            "layout": {"$ref": "#/$defs/name"},
                            "copies": {"$ref": "#/$defs/axes"}
                          },
                          "patternProperties": {"^x_": true},
                          "additionalProperties": false
                        }
                      },
                      "exchanges": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["pass", "kind", "axes", "tensor", "layout"],
                          "properties": {
                            "pass": {"enum": ["forward", "backward"]},
                            "kind": {
                              "enum": ["all_gather", "all_reduce", "reduce_scatter", "all_to_all"]
                            },
                            "axes": {"$ref": "#/$defs/axes"},
                            "tensor": {"$ref": "#/$defs/mesh_tensor"},
                            "layout": {"$ref": "#/$defs/name"}
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
            "mesh_tensor": {
              "description": "On all devices together.",
              "type": "object",
              "required": ["shape", "element_bytes"],
              "properties": {
                "shape": {"$ref": "#/$defs/extents"},
                "element_bytes": {"type": "integer", "minimum": 1}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "extents": {
              "type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}
            },
            "axes": {
              "description": "Axes of the mesh, ascending.",
              "type": "array", "items": {"type": "integer", "minimum": 0}
            },
            "layout_step": {
              "type": "object",
              "required": ["step", "axis"],
              "properties": {
                "step": {
                  "enum": ["all_gather", "all_to_all", "slice", "reduce_scatter", "all_reduce"]
                },
                "axis": {"type": "integer", "minimum": 0},
                "dimension": {"type": "integer", "minimum": 0},
                "from": {"type": "integer", "minimum": 0},
                "to": {"type": "integer", "minimum": 0}
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
