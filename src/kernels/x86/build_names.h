/* Files that gain from wider vectors are built twice, for AVX2 and for AVX-512 (vector.h), and each
 * function that they share has a name for each build. */
#ifndef KERNELS_X86_BUILD_NAMES_H
#define KERNELS_X86_BUILD_NAMES_H

#ifdef __AVX512F__
#define BUILD_NAME(name) name##_avx512
#else
#define BUILD_NAME(name) name##_avx2
#endif

#define block_kernels BUILD_NAME(block)

#define block_out_layout BUILD_NAME(block_out_layout)
#define block_y_size BUILD_NAME(block_y_size)
#define block_which_size BUILD_NAME(block_which_size)
#define block_out_size BUILD_NAME(block_out_size)
#define block_finish_region BUILD_NAME(block_finish_region)
#define block_clear_halo BUILD_NAME(block_clear_halo)
#define block_gradient_of_image BUILD_NAME(block_gradient_of_image)
#define block_gradient_region BUILD_NAME(block_gradient_region)
#define block_add_statistics BUILD_NAME(block_add_statistics)
#define block_finish BUILD_NAME(block_finish)
#define block_sums BUILD_NAME(block_sums)

#define winograd_supports BUILD_NAME(winograd_supports)
#define winograd_packed_size BUILD_NAME(winograd_packed_size)
#define winograd_stash_size BUILD_NAME(winograd_stash_size)
#define winograd_work_size BUILD_NAME(winograd_work_size)
#define winograd_pack BUILD_NAME(winograd_pack)
#define winograd_unpack_gradient BUILD_NAME(winograd_unpack_gradient)
#define winograd_forward BUILD_NAME(winograd_forward)
#define winograd_forward_finish BUILD_NAME(winograd_forward_finish)
#define winograd_backward BUILD_NAME(winograd_backward)

#define winograd_to_points BUILD_NAME(winograd_to_points)
#define winograd_from_points BUILD_NAME(winograd_from_points)

#define winograd_can_cut BUILD_NAME(winograd_can_cut)
#define winograd_grid_init BUILD_NAME(winograd_grid_init)
#define winograd_tile_offsets BUILD_NAME(winograd_tile_offsets)

#define direct_packed_size BUILD_NAME(direct_packed_size)
#define direct_work_size BUILD_NAME(direct_work_size)
#define direct_pack BUILD_NAME(direct_pack)
#define direct_forward BUILD_NAME(direct_forward)
#define direct_forward_finish BUILD_NAME(direct_forward_finish)
#define direct_backward BUILD_NAME(direct_backward)

#endif
