//go:build tools

// Package tools names what is built, so that go.sum has the checksums of all that it needs.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
