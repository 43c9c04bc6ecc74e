package scenario

import _ "embed" // the schema

// Schema is the JSON Schema of a scenario. It says what [Read] says, but for what a
// schema cannot: that names exist and probabilities add up.
//
//go:embed scenario.schema.json
var Schema []byte
