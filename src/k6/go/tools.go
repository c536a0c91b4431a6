//go:build tools

// Package build pins the k6 that Headroom builds where there is none; go.sum checks its source.
package build

import _ "go.k6.io/k6/v2"
