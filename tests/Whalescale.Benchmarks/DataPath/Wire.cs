namespace Whalescale.Benchmarks.DataPath;

/// <summary>What lies between the two ends of a contender.</summary>
internal enum Wire
{
    /// <summary>A veth pair as it is: trains of datagrams and large TCP segments cross in one piece.</summary>
    Offload,

    /// <summary>A veth pair without segmentation offloads: the kernel cuts before it, frames of at most 1514 bytes
    /// cross, and the receiver puts them together again (GRO), as with a network card.</summary>
    Frames,

    /// <summary>Frames as above, through a router that forwards each alone and can drop some.</summary>
    Routed,
}
