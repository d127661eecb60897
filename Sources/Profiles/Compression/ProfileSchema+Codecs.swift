extension ProfileSchema {
  /// The definition of an element of the section `codecs`.
  static let codec = #"""
    "codec": {
              "description": "A way to make tensors smaller. Rates and ratios are of raw bytes.",
              "type": "object",
              "required": ["id", "runs_on", "ratio", "worst_ratio", "encode", "decode"],
              "properties": {
                "id": {"$ref": "#/$defs/name"},
                "runs_on": {"enum": ["device", "host", "link"]},
                "element_bytes": {
                  "description": "The elements that it is for; default any.",
                  "enum": [1, 2, 4, 8]
                },
                "ratio": {
                  "description": "Encoded to raw bytes: zvc d+1/(8e), csr16 d(1+2/e)+4/(65536e), rle d+4/(ce) of density d, mean cycle c and elements of e bytes.",
                  "type": "object",
                  "required": ["form"],
                  "properties": {
                    "form": {"enum": ["zvc", "csr16", "rle", "constant", "by_density"]},
                    "value": {"$ref": "#/$defs/codec_ratio"},
                    "points": {
                      "type": "array", "minItems": 1,
                      "items": {
                        "type": "object",
                        "required": ["density", "ratio"],
                        "properties": {
                          "density": {"$ref": "#/$defs/share"},
                          "ratio": {"$ref": "#/$defs/codec_ratio"}
                        },
                        "patternProperties": {"^x_": true},
                        "additionalProperties": false
                      }
                    }
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "worst_ratio": {
                  "description": "Of any tensor; buffers hold that and worst_extra_bytes.",
                  "$ref": "#/$defs/codec_ratio"
                },
                "worst_extra_bytes": {"$ref": "#/$defs/bytes"},
                "least_bytes": {
                  "description": "Smaller tensors are left alone.",
                  "$ref": "#/$defs/bytes"
                },
                "workspace_bytes": {"$ref": "#/$defs/bytes"},
                "encode": {"$ref": "#/$defs/throughput"},
                "decode": {"$ref": "#/$defs/throughput"},
                "contention": {
                  "description": "What it takes from operators while it runs.",
                  "type": "object",
                  "required": ["compute_share"],
                  "properties": {
                    "compute_share": {"$ref": "#/$defs/share"},
                    "memory_bytes_per_byte": {"type": "number", "minimum": 0, "maximum": 1000}
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "loss": {
                  "description": "Of a codec that changes values.",
                  "type": "object",
                  "required": ["metric", "value"],
                  "properties": {
                    "metric": {"$ref": "#/$defs/name"},
                    "value": {"$ref": "#/$defs/amount"}
                  },
                  "patternProperties": {"^x_": true},
                  "additionalProperties": false
                },
                "source": {"type": "string", "minLength": 1}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            },
            "share": {"type": "number", "minimum": 0, "maximum": 1},
            "codec_ratio": {"type": "number", "minimum": 1e-9, "maximum": 1000},
            "throughput": {
              "description": "By size and density: rows of gb_per_s are sizes; or one rate.",
              "type": "object",
              "required": ["gb_per_s"],
              "properties": {
                "launch_us": {"$ref": "#/$defs/microseconds"},
                "bytes": {
                  "description": "Ascending.",
                  "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/some_bytes"}
                },
                "densities": {
                  "description": "Ascending.",
                  "type": "array", "minItems": 1, "items": {"$ref": "#/$defs/share"}
                },
                "gb_per_s": {
                  "oneOf": [
                    {"$ref": "#/$defs/rate"},
                    {
                      "type": "array", "minItems": 1,
                      "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rate"}}
                    }
                  ]
                },
                "copy_ratios": {
                  "description": "To a plain copy of the same size in the same run.",
                  "type": "array",
                  "items": {
                    "type": "array", "items": {"type": "number", "minimum": 1e-9, "maximum": 1e9}
                  }
                },
                "fit_error": {
                  "description": "The median relative error of interpolated rates at other points.",
                  "type": "number", "minimum": 0, "maximum": 1e9
                },
                "worst_fit_error": {"type": "number", "minimum": 0, "maximum": 1e9}
              },
              "patternProperties": {"^x_": true},
              "additionalProperties": false
            }
    """#
}
