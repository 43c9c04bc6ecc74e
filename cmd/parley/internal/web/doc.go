// Package web holds the dashboard: the sources of a page (src, TypeScript), and what
// they are bundled into (dist), which becomes part of the program.
//
//	site := web.Open()
//	site.ServeHTTP(w, r) // the page, or one of its files
//
// # What is promised
//
// The page is static. Whatever it shows it asks the HTTP API for, as any client does,
// and its address says what it shows. It loads nothing from elsewhere, and has neither
// inline scripts nor inline styles, so that its policy can forbid them.
//
// The bundle is made by `make dashboard` and is not committed, since it holds other
// people's code. Built without it, the program serves dist/fallback.html, which says
// how to make it; nothing else is missing.
//
// An ETag stands for the bytes of a file, so that a browser asks again for each and
// gets it only when it has changed.
package web
