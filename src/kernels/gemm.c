#include "kernels/c.h"
#include "kernels/contract.h"

size_t gemm_work_c(GemmForm form, size_t m, size_t n, size_t k)
{
    (void)form;
    (void)n;
    return contract_work(&contract_engine_c, m, k);
}

/* An index of one digit. */
static ContractIndex plain_index(size_t count, size_t stride0, size_t stride1)
{
    return (ContractIndex){{1, 1, count}, {{0, 0, (ptrdiff_t)stride0}, {0, 0, (ptrdiff_t)stride1}}};
}

void gemm_c(GemmForm form, size_t m, size_t n, size_t k, const real *a, size_t lda, const real *b,
            size_t ldb, int add, real *c, size_t ldc, real *work)
{
    int a_turned = form == GEMM_TN, b_turned = form == GEMM_NT;
    Contraction product = {
        .rows = plain_index(m, a_turned ? 1 : lda, ldc),
        .columns = plain_index(n, b_turned ? ldb : 1, 1),
        .depth = plain_index(k, a_turned ? lda : 1, b_turned ? 1 : ldb),
    };
    contract(&contract_engine_c, &product, a, b, add, c, work);
}
