/// The format of profiles as a JSON Schema (draft 2020-12).
///
/// A schema can't tell all that reading tells: that names are unique and known, that sizes and epochs
/// ascend, that aliases lead to an owner.
public enum ProfileSchema {
  /// The schema as JSON text.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:planner:profile:1",
      "title": "Profile of one training iteration",
      "type": "object",
      "required": ["schema", "name"],
      "anyOf": [
        {"required": ["tensors", "operators"]}, {"required": ["moe"]}, {"required": ["cluster"]},
        {"required": ["two_stage"]}, {"required": ["sharding"]},
        {"required": ["gradients"]}
      ],
      "properties": {
        "schema": {"const": "planner.profile/1"},
        "name": {"$ref": "#/$defs/name"},
        "source": {"$ref": "#/$defs/source"},
        "problem": {"$ref": "#/$defs/name"},
        "device": {"$ref": "#/$defs/device"},
        "tensors": {"type": "array", "items": {"$ref": "#/$defs/tensor"}},
        "operators": {
          "description": "In execution order.",
          "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/operator"}
        },
        "codecs": {"type": "array", "items": {"$ref": "#/$defs/codec"}},
        "cluster": {"$ref": "#/$defs/cluster"},
        "moe": {"$ref": "#/$defs/moe"},
        "two_stage": {"$ref": "#/$defs/two_stage"},
        "gradients": {"$ref": "#/$defs/gradients"},
        "sharding": {"$ref": "#/$defs/sharding"}
      },
      "patternProperties": {"^x_": true},
      "additionalProperties": false,
      "$defs": {
        "name": {
          "type": "string", "minLength": 1, "not": {"pattern": "[\\u0000-\\u001f\\u007f]"}
        },
        "bytes": {"type": "integer", "minimum": 0, "maximum": 9007199254740992},
        "some_bytes": {"type": "integer", "minimum": 1, "maximum": 9007199254740992},
        "microseconds": {"type": "number", "minimum": 0, "maximum": 1e12},
        "rate": {
          "description": "10⁹ bytes per second.",
          "type": "number", "minimum": 1e-6, "maximum": 1e9
        },
        "amount": {"type": "number", "minimum": 0, "maximum": 1e30},
        "names": {"type": "array", "items": {"$ref": "#/$defs/name"}},
        "source": {
          "type": "object",
          "required": ["collector"],
          "properties": {
            "collector": {"$ref": "#/$defs/name"},
            "file": {"$ref": "#/$defs/name"},
            "sha256": {"type": "string", "maxLength": 64, "pattern": "^[0-9a-fA-F]{64}$"},
            "date": {
              "type": "string", "maxLength": 10,
              "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
            },
            "notes": {"type": "array", "items": {"type": "string", "minLength": 1}}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "device": {
          "type": "object",
          "required": ["name", "memory_bytes"],
          "properties": {
            "name": {"$ref": "#/$defs/name"},
            "memory_bytes": {"$ref": "#/$defs/some_bytes"},
            "reserved_bytes": {"$ref": "#/$defs/bytes"},
            "host_memory_bytes": {
              "description": "Host memory that plans may use; absent for no limit.",
              "$ref": "#/$defs/bytes"
            },
            "nvme_memory_bytes": {
              "description": "Room on NVMe drives that plans may use; absent for no limit.",
              "$ref": "#/$defs/bytes"
            },
            "links": {
              "type": "object",
              "properties": {
                "h2d": {"description": "Host to device.", "$ref": "#/$defs/link"},
                "d2h": {"description": "Device to host.", "$ref": "#/$defs/link"},
                "nvme": {
                  "description": "Between host memory and the host's NVMe drives.",
                  "type": "object",
                  "required": ["read", "write"],
                  "properties": {
                    "read": {"$ref": "#/$defs/link"},
                    "write": {"$ref": "#/$defs/link"}
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "peak_flops": {
              "description": "Floating-point operations per second by element type.",
              "type": "object",
              "propertyNames": {"$ref": "#/$defs/name"},
              "additionalProperties": {"type": "number", "minimum": 1, "maximum": 1e30}
            },
            "memory_bandwidth_gb_per_s": {"$ref": "#/$defs/rate"}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "link": {
          "type": "object",
          "required": ["latency_us"],
          "oneOf": [{"required": ["bandwidth_gb_per_s"]}, {"required": ["by_size"]}],
          "properties": {
            "latency_us": {"$ref": "#/$defs/microseconds"},
            "bandwidth_gb_per_s": {"$ref": "#/$defs/rate"},
            "by_size": {
              "description": "Measured rates by ascending size.",
              "type": "array", "minItems": 1,
              "items": {
                "type": "object",
                "required": ["bytes", "bandwidth_gb_per_s"],
                "properties": {
                  "bytes": {"$ref": "#/$defs/some_bytes"},
                  "bandwidth_gb_per_s": {"$ref": "#/$defs/rate"}
                },
                "patternProperties": {"^x_": true},
                "additionalProperties": false
              }
            },
            "duplex_bandwidth_gb_per_s": {
              "description": "The rate while the other direction is busy too.",
              "$ref": "#/$defs/rate"
            }
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "tensor": {
          "type": "object",
          "required": ["id", "bytes", "kind"],
          "properties": {
            "id": {"$ref": "#/$defs/name"},
            "bytes": {"$ref": "#/$defs/bytes"},
            "dtype": {"$ref": "#/$defs/name"},
            "shape": {"type": "array", "items": {"$ref": "#/$defs/count"}},
            "kind": {
              "enum": [
                "activation", "parameter", "gradient", "optimizer_state", "input", "output",
                "workspace"
              ]
            },
            "sparsity": {
              "type": "object",
              "required": ["history"],
              "properties": {
                "history": {
                  "type": "array", "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["epoch", "density"],
                    "properties": {
                      "epoch": {"$ref": "#/$defs/count"},
                      "density": {"type": "number", "minimum": 0, "maximum": 1},
                      "cycle": {"type": "number", "minimum": 1, "maximum": 1e15}
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                }
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "persistent": {
              "description": "Default: true for parameters and optimizer states, else false.",
              "type": "boolean"
            },
            "movable": {"type": "boolean", "default": true},
            "alias_of": {"$ref": "#/$defs/name"}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "count": {"type": "integer", "minimum": 0, "maximum": 9007199254740992},
        "operator": {
          "type": "object",
          "required": ["id", "phase", "duration_us"],
          "properties": {
            "id": {"$ref": "#/$defs/name"},
            "phase": {"enum": ["forward", "backward", "optimizer", "communication"]},
            "duration_us": {"$ref": "#/$defs/microseconds"},
            "reads": {"$ref": "#/$defs/names"},
            "writes": {"$ref": "#/$defs/names"},
            "workspace_bytes": {"$ref": "#/$defs/bytes"},
            "flops": {"$ref": "#/$defs/amount"},
            "bytes_accessed": {"$ref": "#/$defs/amount"},
            "recomputable": {"type": "boolean", "default": false}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        \#(codec),
        \#(cluster),
        \#(moe),
        \#(twoStage),
        \#(gradients),
        \#(sharding)
      }
    }
    """# + "\n"
}
