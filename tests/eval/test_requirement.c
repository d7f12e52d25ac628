/* Requirements: what is read, what is refused, and what holds at the very bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scrawl/compare.h"

static const char *const data[] = {"mnist", "a+b:test@distort", "a (1)<2"};

/* 30 of 10,000, 11 of 1,000, 0 of 7: 0.003, 0.011 and 0. */
static ScrawlComparedScore scores[] = {{30, 0.003, SCRAWL_LEAKAGE_NONE},
                                       {11, 0.011, SCRAWL_LEAKAGE_NONE},
                                       {0, 0, SCRAWL_LEAKAGE_NONE}};
static ScrawlComparedData sets[] = {{.n = 10000}, {.n = 1000}, {.n = 7}};
static ScrawlComparedModel models[] = {
    {0}, {.scores = scores, .worst = 0.011, .worst_data = 1, .range = 0.011, .mean = 0.014 / 3}};
static const ScrawlComparison comparison = {
    .n_models = 2, .n_data = 3, .data = sets, .models = models};

static void what_is_read(void **state)
{
    static const struct {
        const char *text;
        bool holds;
        double found;
    } cases[] = {
        {"worst<=0.011", true, 0.011},
        {"worst<0.011", false, 0.011},
        {"worst>=0.011", true, 0.011},
        {"worst>0.011", false, 0.011},
        {"worst<0.0110001", true, 0.011},
        {"worst>.0109999", true, 0.011},
        {"worst<=1.1%", true, 0.011},
        {"worst<1.1%", false, 0.011},
        {" worst\t<= 1.1 % ", true, 0.011},
        {"range<=1.1e-2", true, 0.011},
        {"range<=0.010", false, 0.011},
        {"mean<0.00467", true, 0.014 / 3},
        {"mean<0.00466", false, 0.014 / 3},
        {"error(mnist)<=0.3%", true, 0.003},
        {"error( mnist )<0.3%", false, 0.003},
        {"error(a+b:test@distort)>1%", true, 0.011},
        {"error (a (1)<2)<=0", true, 0},
        {"accuracy>=0.989", true, 0.989},
        {"accuracy>0.989", false, 0.989},
        {"accuracy(mnist)>=99.7%", true, 0.997},
        {"accuracy(mnist)>99.7%", false, 0.997},
        {"accuracy(a (1)<2)>=1", true, 1},
        {"accuracy<100%", true, 0.989},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlRequirement requirement;
        ScrawlError error = {0};
        double found;
        if (scrawl_requirement_parse(&requirement, cases[i].text, data, 3, &error))
            fail_msg("%s", error.message);
        bool holds = scrawl_requirement_holds(&requirement, &comparison, 1, &found);
        if (holds != cases[i].holds || found != cases[i].found)
            fail_msg("%s: %d, %.17g", cases[i].text, holds, found);
    }
}

static void what_is_refused(void **state)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"", "'': expected MEASURE"},
        {"worst", "expected MEASURE"},
        {"worst=0.1", "expected MEASURE"},
        {"<", "expected worst, range"},
        {"<=0.1", "expected worst, range"},
        {"best<0.1", "found 'best'"},
        {"Worst<0.1", "found 'Worst'"},
        {"worst range<0.1", "found 'worst range'"},
        {"worst<0.1 and range<0.1", "found 'worst<0.1 and range'"},
        {"worst<=", "found ''"},
        {"worst<", "found ''"},
        {"worst<==0.1", "found '=0.1'"},
        {"worst<0.1x", "found '0.1x'"},
        {"worst<nan", "found 'nan'"},
        {"worst<0x1", "found '0x1'"},
        {"worst<%", "found '%'"},
        {"worst<1%%", "found '1%%'"},
        {"worst<1.5", "expected a share from 0 to 1 or a percentage"},
        {"worst<101%", "expected a share"},
        {"worst<-0.1", "expected a share"},
        {"worst<1e999", "expected a share"},
        {"worst<0.00000000000000000000000000000000000000000000000000000000000000001",
         "expected a share"},
        {"worst(mnist)<0.1", "worst is of all data sets"},
        {"range()<0.1", "range is of all data sets"},
        {"mean(mnist)<0.1", "mean is of all data sets"},
        {"error<0.1", "expected error(DATA); the largest of all is 'worst'"},
        {"error()<0.1", "'' is none of the data sets, of which the first is mnist"},
        {"error(mnist2)<0.1", "'mnist2' is none of the data sets"},
        {"error(mnis)<0.1", "'mnis' is none of the data sets"},
        {"error(mnist<0.1", "expected a ')'"},
        {"error(mnist)x<0.1", "expected a ')'"},
        {"accuracy mnist)>0.1", "found 'accuracy mnist)'"},
        {"accuracy)>0.1", "found 'accuracy)'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ScrawlRequirement requirement;
        ScrawlError error = {0};
        if (scrawl_requirement_parse(&requirement, cases[i].text, data, 3, &error) !=
                SCRAWL_STATUS_USAGE ||
            !strstr(error.message, cases[i].sentence))
            fail_msg("%s: \"%s\" has no \"%s\"", cases[i].text, error.message, cases[i].sentence);
        assert_int_equal(requirement.data, -1);
    }
    ScrawlRequirement requirement;
    ScrawlError error = {0};
    assert_int_equal(scrawl_requirement_parse(&requirement, "error(x)<1", data, 1, &error),
                     SCRAWL_STATUS_USAGE);
    assert_non_null(strstr(error.message, "of which there is mnist"));
    assert_int_equal(scrawl_requirement_parse(&requirement, "x", data, 1, NULL),
                     SCRAWL_STATUS_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_read),
                                       cmocka_unit_test(what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
