package live

import _ "embed"

// SchemaJSON describes what is published, in JSON Schema: entity, page, mark and
// pointer under $defs.
//
//go:embed schema/published.v1.json
var SchemaJSON []byte

// BranchSchemaJSON describes what is published of branches: entity, page and mark
// under $defs.
//
//go:embed schema/published.v2.json
var BranchSchemaJSON []byte
