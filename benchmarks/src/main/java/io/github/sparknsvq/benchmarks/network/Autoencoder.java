package io.github.sparknsvq.benchmarks.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import java.util.List;

/**
 * The network around the layer (van den Oord and others, NeurIPS 2017, section 4.1): two strided convolutions and two
 * residual blocks make an 8 x 8 field of latents of an image of 32 x 32, and the like in reverse makes the image.
 */
final class Autoencoder {
    static final int LATENT = 64;
    private static final int RESIDUAL_BLOCKS = 2;

    private Autoencoder() {}

    static Block encoder(int hidden) {
        SequentialBlock block = new SequentialBlock()
                .add(halving(hidden / 2))
                .add(Activation::relu)
                .add(halving(hidden));
        addResiduals(block, hidden);
        return started(block.add(convolution(1, LATENT)));
    }

    static Block decoder(int hidden) {
        SequentialBlock block = new SequentialBlock().add(convolution(3, hidden));
        addResiduals(block, hidden);
        return started(block.add(doubling(hidden / 2)).add(Activation::relu).add(doubling(SmallImages.CHANNELS)));
    }

    /**
     * Weights start with the variance {@code 1 / inputs of a filter}, as in the network of van den Oord and others.
     * DJL's own start makes latents so large that codewords, which move by the learning rate, need a thousand steps
     * to reach them; PyTorch's is a third of this one.
     */
    private static Block started(Block block) {
        block.setInitializer(
                (manager, shape, type) -> {
                    float bound = (float) Math.sqrt(3.0 * shape.get(0) / shape.size());
                    return manager.randomUniform(-bound, bound, shape, type);
                },
                Parameter.Type.WEIGHT);
        return block;
    }

    private static void addResiduals(SequentialBlock block, int hidden) {
        for (int i = 0; i < RESIDUAL_BLOCKS; i++) {
            SequentialBlock branch = new SequentialBlock()
                    .add(Activation::relu)
                    .add(convolution(3, hidden / 2))
                    .add(Activation::relu)
                    .add(convolution(1, hidden));
            block.add(new ParallelBlock(
                    both -> new NDList(
                            both.get(0).singletonOrThrow().add(both.get(1).singletonOrThrow())),
                    List.of(Blocks.identityBlock(), branch)));
        }
        block.add(Activation::relu);
    }

    private static Conv2d convolution(int side, int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(side, side))
                .optPadding(new Shape(side / 2, side / 2))
                .setFilters(filters)
                .build();
    }

    private static Conv2d halving(int filters) {
        return Conv2d.builder()
                .setKernelShape(new Shape(4, 4))
                .optStride(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .setFilters(filters)
                .build();
    }

    /**
     * A transposed convolution of 4 x 4 with stride 2, which DJL's PyTorch engine does not have: each of the four
     * phases of the result sees 2 x 2 places, so that one convolution of 2 x 2 finds all of them.
     */
    private static Block doubling(int filters) {
        Conv2d phases = Conv2d.builder()
                .setKernelShape(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .setFilters(4 * filters)
                .build();
        return new SequentialBlock().add(phases).addSingleton(Autoencoder::interleaved);
    }

    /** Makes one field of twice the height and width of the four phases that {@link #doubling} finds. */
    private static NDArray interleaved(NDArray phases) {
        long filters = phases.getShape().get(1) / 4;
        long height = phases.getShape().get(2) - 1;
        long width = phases.getShape().get(3) - 1;
        NDList cut = new NDList();
        for (int phase = 0; phase < 4; phase++) {
            int y = phase / 2;
            int x = phase % 2;
            cut.add(phases.get(new NDIndex()
                    .addAllDim()
                    .addSliceDim(phase * filters, (phase + 1) * filters)
                    .addSliceDim(y, y + height)
                    .addSliceDim(x, x + width)));
        }
        return NDArrays.stack(cut, 4)
                .reshape(-1, filters, height, width, 2, 2)
                .transpose(0, 1, 2, 4, 3, 5)
                .reshape(-1, filters, 2 * height, 2 * width);
    }
}
