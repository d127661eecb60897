/// The format of plans as a JSON Schema (draft 2020-12).
///
/// A schema can't tell whether a plan suits its profile; `Plan.faults(on:sha256:)` does.
public enum PlanSchema {
  /// The schema as JSON text.
  public static let text = #"""
    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "$id": "urn:planner:plan:1",
      "title": "Plan for one profile",
      "type": "object",
      "required": ["schema", "version", "problem", "profile", "budget", "decisions"],
      "properties": {
        "schema": {"const": "planner.plan/1"},
        "version": {
          "description": "The program that made the plan.",
          "$ref": "#/$defs/name"
        },
        "problem": {"enum": ["swap"]},
        "profile": {
          "type": "object",
          "required": ["name"],
          "properties": {
            "name": {"$ref": "#/$defs/name"},
            "sha256": {
              "description": "Of the profile's text after decompression.",
              "type": "string", "maxLength": 64, "pattern": "^[0-9a-fA-F]{64}$"
            }
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "budget": {
          "type": "object",
          "required": ["device_bytes"],
          "properties": {
            "device_bytes": {"$ref": "#/$defs/bytes"},
            "host_bytes": {"description": "Absent for no limit.", "$ref": "#/$defs/bytes"},
            "nvme_bytes": {"description": "Absent for no limit.", "$ref": "#/$defs/bytes"}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "decisions": {
          "type": "object",
          "required": ["gaps"],
          "properties": {
            "density_quantile": {
              "description": "Which of a tensor's measured densities compressed swaps count on.",
              "type": "number", "minimum": 0, "maximum": 1, "default": 0.9
            },
            "gaps": {
              "description": "Every idle gap of the profile exactly once.",
              "type": "array", "items": {"$ref": "#/$defs/decision"}
            }
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "prediction": {
          "type": "object",
          "required": [
            "iteration_us", "compute_us", "stall_us", "recompute_us", "peak_device_bytes",
            "peak_host_bytes"
          ],
          "properties": {
            "iteration_us": {"$ref": "#/$defs/microseconds"},
            "compute_us": {"$ref": "#/$defs/microseconds"},
            "stall_us": {"$ref": "#/$defs/microseconds"},
            "recompute_us": {"$ref": "#/$defs/microseconds"},
            "codec_us": {"$ref": "#/$defs/microseconds"},
            "peak_device_bytes": {"$ref": "#/$defs/bytes"},
            "peak_host_bytes": {"$ref": "#/$defs/bytes"},
            "peak_nvme_bytes": {"$ref": "#/$defs/bytes"}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "lower_bound": {
          "type": "object",
          "required": ["iteration_us", "method"],
          "properties": {
            "iteration_us": {"$ref": "#/$defs/microseconds"},
            "method": {"$ref": "#/$defs/name"},
            "prices": {
              "description": "How much lower the bound would be with a little more of each.",
              "type": "object",
              "required": ["memory_us_per_gib", "d2h_us_per_gb_per_s", "h2d_us_per_gb_per_s"],
              "properties": {
                "memory_us_per_gib": {"$ref": "#/$defs/microseconds"},
                "binding_operator": {"$ref": "#/$defs/name"},
                "d2h_us_per_gb_per_s": {"$ref": "#/$defs/microseconds"},
                "h2d_us_per_gb_per_s": {"$ref": "#/$defs/microseconds"}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            }
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "gap": {
          "type": "object",
          "required": ["of_iteration"],
          "properties": {
            "of_iteration": {"type": "number", "minimum": 0, "maximum": 1},
            "of_added_time": {"type": "number", "minimum": 0, "maximum": 1e15}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "search": {"type": "array", "items": {"$ref": "#/$defs/strategy"}},
        "reasons": {"type": "array", "items": {"$ref": "#/$defs/reason"}},
        "repeatable": {
          "description": "Whether the same command gives the same plan again.",
          "type": "boolean", "default": true
        }
      },
      "patternProperties": {"^x_": true},
      "additionalProperties": false,
      "$defs": {
        "name": {
          "type": "string", "minLength": 1, "not": {"pattern": "[\\u0000-\\u001f\\u007f]"}
        },
        "bytes": {"type": "integer", "minimum": 0, "maximum": 9007199254740992},
        "microseconds": {"type": "number", "minimum": 0, "maximum": 1e12},
        "decision": {
          "type": "object",
          "required": ["tensor", "after", "before", "action"],
          "properties": {
            "tensor": {"$ref": "#/$defs/name"},
            "after": {"$ref": "#/$defs/name"},
            "before": {"$ref": "#/$defs/name"},
            "action": {"enum": ["keep", "swap", "recompute"]},
            "offload_at": {
              "description": "The operator whose end queues the copy to the host; absent: that before the gap.",
              "$ref": "#/$defs/name"
            },
            "tier": {
              "description": "Where the tensor stays meanwhile.",
              "enum": ["host", "nvme"], "default": "host"
            },
            "codec": {
              "description": "The codec of the profile that encodes the tensor on the device meanwhile; on the host only.",
              "$ref": "#/$defs/name"
            },
            "read_at": {
              "description": "The operator whose start queues the read from NVMe; absent: early enough for the copy back.",
              "$ref": "#/$defs/name"
            },
            "prefetch_at": {
              "description": "The operator whose start queues the copy back.",
              "$ref": "#/$defs/name"
            },
            "recompute_at": {
              "description": "The operator before which the chain runs; absent: the one after the gap.",
              "$ref": "#/$defs/name"
            },
            "operators": {
              "description": "What runs again, in order.",
              "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/name"}
            }
          },
          "oneOf": [
            {
              "properties": {
                "action": {"const": "keep"}, "offload_at": false, "prefetch_at": false,
                "recompute_at": false, "operators": false, "tier": false, "codec": false,
                "read_at": false
              }
            },
            {
              "properties": {
                "action": {"const": "swap"}, "recompute_at": false, "operators": false,
                "tier": {"const": "host"}, "read_at": false
              },
              "required": ["prefetch_at"]
            },
            {
              "properties": {
                "action": {"const": "swap"}, "recompute_at": false, "operators": false,
                "tier": {"const": "nvme"}, "codec": false
              },
              "required": ["prefetch_at", "tier"]
            },
            {
              "properties": {
                "action": {"const": "recompute"}, "offload_at": false, "prefetch_at": false,
                "tier": false, "codec": false, "read_at": false
              },
              "required": ["operators"]
            }
          ],
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "strategy": {
          "type": "object",
          "required": ["strategy", "engine", "termination"],
          "properties": {
            "strategy": {"$ref": "#/$defs/name"},
            "value_us": {"$ref": "#/$defs/microseconds"},
            "bound_us": {"$ref": "#/$defs/microseconds"},
            "nodes": {"type": "integer", "minimum": 0, "maximum": 9007199254740992},
            "engine": {"$ref": "#/$defs/name"},
            "termination": {"$ref": "#/$defs/name"}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        },
        "reason": {
          "type": "object",
          "required": [
            "tensor", "after", "before", "freed_bytes", "cost_us", "needed_at", "text"
          ],
          "properties": {
            "tensor": {"$ref": "#/$defs/name"},
            "after": {"$ref": "#/$defs/name"},
            "before": {"$ref": "#/$defs/name"},
            "freed_bytes": {"$ref": "#/$defs/bytes"},
            "cost_us": {"$ref": "#/$defs/microseconds"},
            "needed_at": {"$ref": "#/$defs/name"},
            "text": {"type": "string", "minLength": 1}
          },
          "patternProperties": {"^x_": true},
          "additionalProperties": false
        }
      }
    }
    """# + "\n"
}
