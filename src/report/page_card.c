/* The parts of the model card that the page has not told yet. The card is Markdown; of that, these
 * parts use paragraphs, lists, `code` and **strong**. */
#include <string.h>

#include "report/html.h"
#include "report/page.h"
#include "scrawl/card.h"

/* What stands between two marks at `text`, as an element; returns what follows it, or NULL where
 * there is no such mark, or no second one. */
static const char *put_marked(Text *page, const char *text, const char *end)
{
    static const struct {
        const char *mark, *tag;
    } marks[] = {{"**", "strong"}, {"`", "code"}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t length = strlen(marks[i].mark), left = (size_t)(end - text);
        if (left < length || strncmp(text, marks[i].mark, length) != 0)
            continue;
        const char *close = memmem(text + length, left - length, marks[i].mark, length);
        if (!close)
            continue;
        text_put(page, "<%s>", marks[i].tag);
        html_text_part(page, text + length, (size_t)(close - text) - length);
        text_put(page, "</%s>", marks[i].tag);
        return close + length;
    }
    return NULL;
}

void page_inline(Text *page, const char *text, size_t size)
{
    const char *end = text + size;
    while (text < end) {
        const char *next = put_marked(page, text, end);
        if (!next) {
            next = text + 1;
            while (next < end && *next != '*' && *next != '`')
                next++;
            html_text_part(page, text, (size_t)(next - text));
        }
        text = next;
    }
}

/* One line: a heading, an item or a paragraph. *in_list says whether a list is open. */
static void put_line(Text *page, const char *line, size_t length, bool *in_list)
{
    bool item = length > 2 && strncmp(line, "- ", 2) == 0;
    if (*in_list != item)
        text_put(page, item ? "<ul>\n" : "</ul>\n");
    *in_list = item;
    if (item) {
        text_put(page, "<li>");
        page_inline(page, line + 2, length - 2);
        text_put(page, "</li>\n");
    } else if (length > 3 && strncmp(line, "## ", 3) == 0) {
        text_put(page, "<h3>");
        html_text_part(page, line + 3, length - 3);
        text_put(page, "</h3>\n");
    } else if (length > 0) {
        text_put(page, "<p>");
        page_inline(page, line, length);
        text_put(page, "</p>\n");
    }
}

static void put_part(Text *page, const char *card, const char *heading)
{
    const char *line = strstr(card, heading);
    bool in_list = false, first = true;
    while (line && *line && (first || strncmp(line, "## ", 3) != 0)) {
        size_t length = strcspn(line, "\n");
        put_line(page, line, length, &in_list);
        line += length + (line[length] == '\n');
        first = false;
    }
    if (in_list)
        text_put(page, "</ul>\n");
}

ScrawlStatus page_card(Text *page, const Run *run, ScrawlError *error)
{
    static const char *const parts[] = {"## Intended use\n", "## Out of scope\n",
                                        "## Bias and limits\n"};
    char *card;
    ScrawlStatus status = scrawl_model_card(run->model, NULL, &card, error);
    if (status)
        return status;
    page_section(page, "card", "Use and limits");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        put_part(page, card, parts[i]);
    scrawl_free(card);
    return SCRAWL_STATUS_OK;
}
