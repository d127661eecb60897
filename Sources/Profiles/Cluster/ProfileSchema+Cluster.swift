extension ProfileSchema {
  /// The definition of the section `cluster`.
  static let cluster = #"""
    "cluster": {
              "description": "How several devices reach each other.",
              "type": "object",
              "required": ["devices"],
              "properties": {
                "devices": {"type": "integer", "minimum": 1, "maximum": 4096},
                "device_name": {"$ref": "#/$defs/name"},
                "levels": {
                  "description": "Partitions of the devices, from the finest to the coarsest.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["name", "groups"],
                    "properties": {
                      "name": {"$ref": "#/$defs/name"},
                      "groups": {
                        "type": "array", "minItems": 1,
                        "items": {
                          "type": "array", "minItems": 1,
                          "items": {"type": "integer", "minimum": 0, "maximum": 4095}
                        }
                      },
                      "pair": {
                        "description": "Two devices whose finest common group is of this level.",
                        "$ref": "#/$defs/pair"
                      }
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                },
                "beyond": {
                  "description": "Two devices without a common group.", "$ref": "#/$defs/pair"
                },
                "links": {
                  "description": "Links that several pairs of devices share, one at each owner.",
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["name", "out"],
                    "properties": {
                      "name": {"$ref": "#/$defs/name"},
                      "owner": {
                        "description": "A level; absent for one link at each device.",
                        "$ref": "#/$defs/name"
                      },
                      "only": {
                        "description": "The owners that have one; absent for all.",
                        "type": "array", "items": {"$ref": "#/$defs/count"}
                      },
                      "within": {
                        "description": "A level: what stays in a group of it.",
                        "$ref": "#/$defs/name"
                      },
                      "outside": {
                        "description": "A level: what leaves its group of it.",
                        "$ref": "#/$defs/name"
                      },
                      "out": {"$ref": "#/$defs/link"},
                      "in": {"description": "Default: as out.", "$ref": "#/$defs/link"},
                      "assumed": {"type": "boolean", "default": false}
                    },
                    "patternProperties": {"^x_": true},
                    "additionalProperties": false
                  }
                },
                "pairs": {
                  "description": "Measured figures, [from][to].",
                  "type": "object",
                  "anyOf": [{"required": ["latency_us"]}, {"required": ["bandwidth_gb_per_s"]}],
                  "properties": {
                    "latency_us": {
                      "type": "array",
                      "items": {"type": "array", "items": {"$ref": "#/$defs/microseconds"}}
                    },
                    "bandwidth_gb_per_s": {
                      "description": "The diagonal is the rate of copies within a device, or 0.",
                      "type": "array",
                      "items": {
                        "type": "array",
                        "items": {"type": "number", "minimum": 0, "maximum": 1e9}
                      }
                    },
                    "assumed": {"type": "boolean", "default": false}
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "h2d_gb_per_s": {"type": "array", "items": {"$ref": "#/$defs/rate"}},
                "d2h_gb_per_s": {"type": "array", "items": {"$ref": "#/$defs/rate"}}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "pair": {
              "type": "object",
              "required": ["latency_us"],
              "oneOf": [{"required": ["bandwidth_gb_per_s"]}, {"required": ["by_size"]}],
              "properties": {
                "latency_us": {"$ref": "#/$defs/microseconds"},
                "bandwidth_gb_per_s": {"$ref": "#/$defs/rate"},
                "by_size": {
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
                "duplex_bandwidth_gb_per_s": {"$ref": "#/$defs/rate"},
                "assumed": {"type": "boolean", "default": false}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            }
    """#
}
