/* The files of the convolution blocks are built twice, for AVX2 and for AVX-512. Each function that
 * they share among themselves has a name for each build. */
#ifndef KERNELS_X86_BLOCK_NAMES_H
#define KERNELS_X86_BLOCK_NAMES_H

#ifdef __AVX512F__
#define BLOCK_NAME(name) name##_avx512
#else
#define BLOCK_NAME(name) name##_avx2
#endif

#define block_kernels BLOCK_NAME(block)

#define block_out_layout BLOCK_NAME(block_out_layout)
#define block_y_size BLOCK_NAME(block_y_size)
#define block_which_size BLOCK_NAME(block_which_size)
#define block_out_size BLOCK_NAME(block_out_size)
#define block_finish_region BLOCK_NAME(block_finish_region)
#define block_clear_halo BLOCK_NAME(block_clear_halo)
#define block_gradient_of_image BLOCK_NAME(block_gradient_of_image)
#define block_gradient_region BLOCK_NAME(block_gradient_region)
#define block_add_statistics BLOCK_NAME(block_add_statistics)
#define block_finish BLOCK_NAME(block_finish)
#define block_sums BLOCK_NAME(block_sums)

#define winograd_supports BLOCK_NAME(winograd_supports)
#define winograd_packed_size BLOCK_NAME(winograd_packed_size)
#define winograd_stash_size BLOCK_NAME(winograd_stash_size)
#define winograd_work_size BLOCK_NAME(winograd_work_size)
#define winograd_pack BLOCK_NAME(winograd_pack)
#define winograd_unpack_gradient BLOCK_NAME(winograd_unpack_gradient)
#define winograd_forward BLOCK_NAME(winograd_forward)
#define winograd_forward_finish BLOCK_NAME(winograd_forward_finish)
#define winograd_backward BLOCK_NAME(winograd_backward)

#define winograd_to_points BLOCK_NAME(winograd_to_points)
#define winograd_from_points BLOCK_NAME(winograd_from_points)

#define winograd_can_cut BLOCK_NAME(winograd_can_cut)
#define winograd_grid_init BLOCK_NAME(winograd_grid_init)
#define winograd_tile_offsets BLOCK_NAME(winograd_tile_offsets)

#define direct_packed_size BLOCK_NAME(direct_packed_size)
#define direct_work_size BLOCK_NAME(direct_work_size)
#define direct_pack BLOCK_NAME(direct_pack)
#define direct_forward BLOCK_NAME(direct_forward)
#define direct_forward_finish BLOCK_NAME(direct_forward_finish)
#define direct_backward BLOCK_NAME(direct_backward)

#endif
