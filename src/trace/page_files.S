/* The page's texts, as they are in page/. */
        .section .rodata

        .macro page_file name, file
        .global page_\name, page_\name\()_end
page_\name:
        .incbin "\file"
page_\name\()_end:
        .byte 0
        .endm

        page_file html,     "page.html"
        page_file css,      "page.css"
        page_file data_js,  "data.js"
        page_file time_js,  "timeline.js"
        page_file graph_js, "graph.js"
        page_file page_js,  "page.js"

        .section .note.GNU-stack, "", %progbits
